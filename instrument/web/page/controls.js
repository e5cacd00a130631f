// One control for each kind of parameter, made from its entry in the table.

/** An element. attributes: properties it has, or else attributes. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const WORDS = {
  bpm: "BPM", n_bars: "bars", n_steps: "steps", gain_db: "gain", level_db: "level", cfg_scale: "the words",
  cfg_grid: "the beat", kill_low: "low", kill_mid: "mid", kill_high: "high", delay_send: "echo",
  negative: "not", swap: "enters at", preset_save: "save", preset_recall: "recall",
};

/** What a parameter is called here; its name in the table is in its description. */
export function wordOf(spec) {
  return WORDS[spec.name] ?? spec.name.replaceAll("_", " ");
}

/** A value as a performer reads it. */
export function shown(spec, value) {
  if (value === undefined) return "";
  if (spec.kind === "enum") return String(spec.choices[value]);
  if (spec.kind !== "float") return String(value);
  if (spec.unit === "dB") return value <= spec.low ? "-inf" : value.toFixed(1);
  const digits = Math.min(2, Math.max(0, Math.round(-Math.log10(spec.step))));
  return value.toFixed(digits);
}

const quantised = (spec, value) => {
  const clamped = Math.min(spec.high, Math.max(spec.low, value));
  return Number((Math.round(clamped / spec.step) * spec.step).toFixed(6));
};

/** The control of the parameter at `address`. `options.word` names it, `options.isWide` asks for all choices at once. */
export function control(link, address, options = {}) {
  const spec = link.specs.get(address);
  const isSwitch = spec.kind === "int" && spec.low === 0 && spec.high === 1 && !spec.choices;
  const isSteps = spec.choices && (options.isWide ?? spec.choices.length <= 7);
  const build =
    spec.kind === "trigger" ? trigger
    : spec.kind === "pick" ? pick
    : spec.kind === "name" || spec.kind === "text" ? text
    : isSwitch ? toggle
    : isSteps ? steps
    : spec.choices ? menu
    : options.isNumber || (spec.kind === "int" && spec.high > 1000) ? number
    : fader;
  const element = build(link, address, spec, options.word ?? wordOf(spec), options.ends);
  element.dataset.address = address;
  element.title = `${spec.doc}\n${address}`;
  return element;
}

function nameOf(spec, word) {
  return spec.deck ? `${word}, deck ${spec.deck}` : word;
}

function trigger(link, address, spec, word) {
  const element = make("button", { className: "key", type: "button", "aria-label": nameOf(spec, word) }, word);
  element.addEventListener("click", () => {
    link.send(address, 1);
    element.classList.remove("fired");
    void element.offsetWidth; // so that the flash begins again
    element.classList.add("fired");
  });
  return element;
}

function pick(link, address, spec, word) {
  const group = make("div", { className: "shelf", role: "group", "aria-label": nameOf(spec, word) });
  for (let number = spec.low; number <= spec.high; number++) {
    const button = make("button", { className: "key", type: "button" }, String(number));
    button.addEventListener("click", () => link.send(address, number));
    group.append(button);
  }
  return make("div", { className: "row" }, make("span", { className: "word" }, word), group);
}

function toggle(link, address, spec, word) {
  const element = make("button", { className: "key", type: "button", "aria-label": nameOf(spec, word) }, word);
  element.addEventListener("click", () => link.set(address, link.values.get(address) ? 0 : 1));
  const show = () => element.setAttribute("aria-pressed", String(Boolean(link.values.get(address))));
  link.on(address, show);
  show();
  return element;
}

function steps(link, address, spec, word) {
  const group = make("div", { className: "steps", role: "radiogroup", "aria-label": nameOf(spec, word) });
  const isEnum = spec.kind === "enum";
  const buttons = spec.choices.map((choice, index) => {
    const button = make("button", { type: "button", role: "radio" }, String(choice));
    button.addEventListener("click", () => link.set(address, isEnum ? index : choice));
    return button;
  });
  group.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    const at = buttons.indexOf(document.activeElement);
    const next = buttons[Math.min(buttons.length - 1, Math.max(0, at + by))];
    next.focus();
    next.click();
    event.preventDefault();
  });
  const show = () => {
    const value = link.values.get(address);
    buttons.forEach((button, index) => {
      const isIt = value === (isEnum ? index : spec.choices[index]);
      button.setAttribute("aria-checked", String(isIt));
      button.tabIndex = isIt ? 0 : -1;
    });
  };
  link.on(address, show);
  show();
  group.append(...buttons);
  return make("div", { className: "row" }, make("span", { className: "word" }, word), group);
}

function menu(link, address, spec, word) {
  const select = make("select", { "aria-label": nameOf(spec, word) });
  spec.choices.forEach((choice, index) => select.append(make("option", { value: String(index) }, String(choice))));
  select.addEventListener("change", () => {
    const index = Number(select.value);
    link.set(address, spec.kind === "enum" ? index : spec.choices[index]);
  });
  const show = () => {
    const value = link.values.get(address);
    select.value = String(spec.kind === "enum" ? value : spec.choices.indexOf(value));
  };
  link.on(address, show);
  show();
  const sounds = make("span", { className: "sounds" });
  return make("label", { className: "box" }, make("span", { className: "word" }, word), sounds, select);
}

function text(link, address, spec, word) {
  const isName = spec.kind === "name";
  const input = make("input", {
    type: "text", maxLength: isName ? 64 : spec.limit, autocomplete: "off", spellcheck: false,
    placeholder: word, "aria-label": nameOf(spec, word), enterKeyHint: "send",
  });
  const commit = () => {
    const words = input.value.trim();
    if (isName) {
      if (words) link.send(address, words);
      input.value = "";
    } else if (words !== link.values.get(address)) {
      link.set(address, words);
    }
  };
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      commit();
      input.blur();
    } else if (event.key === "Escape") {
      input.value = link.values.get(address) ?? "";
      input.blur();
    }
  });
  const show = () => {
    if (document.activeElement !== input) input.value = link.values.get(address) ?? "";
  };
  if (!isName) {
    input.addEventListener("blur", commit);
    link.on(address, show);
    show();
  }
  return make("div", { className: "words" }, input, make("span", { className: "sounds" }));
}

function number(link, address, spec, word) {
  const step = spec.kind === "float" ? 0.1 : 1;
  const input = make("input", { type: "text", inputMode: "decimal", "aria-label": nameOf(spec, word) });
  const show = () => {
    if (document.activeElement !== input) input.value = shown(spec, link.values.get(address));
  };
  const add = (by) => {
    link.set(address, quantised(spec, link.values.get(address) + by));
    input.value = shown(spec, link.values.get(address));
  };
  const commit = () => {
    const value = Number(input.value.replace(",", "."));
    if (input.value.trim() && Number.isFinite(value) && value !== link.values.get(address)) {
      link.set(address, quantised(spec, value));
    }
    input.blur();
    show();
  };
  input.addEventListener("change", commit);
  input.addEventListener("focus", () => input.select());
  input.addEventListener("keydown", (event) => {
    const by = { ArrowUp: step, ArrowDown: -step }[event.key];
    if (event.key === "Enter") commit();
    if (event.key === "Escape") input.blur();
    if (by) {
      add(by * (event.shiftKey ? 10 : 1));
      event.preventDefault();
    }
  });
  const button = (sign, by) => {
    const element = make("button", { className: "key", type: "button", "aria-label": `${nameOf(spec, word)} ${sign}` }, sign);
    element.addEventListener("click", (event) => add(event.shiftKey ? 10 * by : by));
    return element;
  };
  link.on(address, show);
  show();
  const box = make("label", { className: "box" }, make("span", { className: "word" }, word), make("span", { className: "sounds" }), input);
  return make("div", { className: "number" }, button("\u2212", -step), box, button("+", step));
}

function fader(link, address, spec, word, ends) {
  const fill = make("i", { className: "fill" });
  const rest = make("i", { className: "rest", hidden: true });
  const ghost = make("i", { className: "ghost" });
  const figure = make("span", { className: "figure" });
  const sounds = make("span", { className: "sounds" });
  const element = make(
    "div",
    {
      className: "fader", role: "slider", tabIndex: 0, "aria-label": nameOf(spec, word),
      "aria-valuemin": spec.low, "aria-valuemax": spec.high,
    },
    fill, rest, ghost, make("span", { className: "word" }, ends ? ends[0] : word), make("span", { className: "figures" }, sounds, figure),
  );
  const taper = spec.unit === "dB" ? 2.5 : 1; // as a mixer's: most of the way for the loud part
  const place = (value) => ((value - spec.low) / (spec.high - spec.low)) ** taper;
  const middle = spec.low < 0 && spec.unit !== "dB" ? place(0) : 0;
  let isHeld = false;
  element.classList.toggle("cross", Boolean(ends));
  if (middle) {
    rest.hidden = false;
    rest.style.left = `${100 * middle}%`;
  }

  const show = () => {
    const value = link.values.get(address);
    const at = place(value);
    fill.style.left = `${100 * Math.min(at, middle)}%`;
    fill.style.width = `${100 * Math.abs(at - middle)}%`;
    element.style.setProperty("--part", at);
    figure.textContent = ends ? ends[1] : shown(spec, value) + (spec.unit && spec.unit !== "BPM" ? ` ${spec.unit}` : "");
    element.setAttribute("aria-valuenow", value);
    element.setAttribute("aria-valuetext", `${shown(spec, value)} ${spec.unit}`.trim());
  };
  element.setGhost = (value) => {
    ghost.style.left = value === undefined ? "" : `${100 * place(value)}%`;
    ghost.hidden = value === undefined;
  };
  element.setGhost(undefined);

  const follow = (event) => {
    const box = element.getBoundingClientRect();
    const at = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    let value = spec.low + at ** (1 / taper) * (spec.high - spec.low);
    if (middle && Math.abs(at - middle) < 0.02) value = 0; // the middle is easy to find again
    link.set(address, quantised(spec, value));
    show();
  };
  element.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    isHeld = true;
    element.setPointerCapture(event.pointerId);
    element.classList.add("held");
    follow(event);
  });
  element.addEventListener("pointermove", (event) => isHeld && follow(event));
  for (const end of ["pointerup", "pointercancel"]) {
    element.addEventListener(end, () => {
      isHeld = false;
      element.classList.remove("held");
      show();
    });
  }
  element.addEventListener("dblclick", () => link.set(address, spec.default));
  element.addEventListener("keydown", (event) => {
    const coarse = Math.max(spec.step, 10 ** Math.floor(Math.log10((spec.high - spec.low) / 50)));
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    const ends = { Home: spec.low, End: spec.high, Delete: spec.default };
    if (by) link.set(address, quantised(spec, link.values.get(address) + by * (event.shiftKey ? spec.step : coarse)));
    else if (event.key in ends) link.set(address, ends[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  link.on(address, () => isHeld || show());
  show();
  return element;
}
