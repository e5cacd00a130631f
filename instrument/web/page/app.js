// The page: where each control is, what is on its way, and the keys.

import { control, make, shown } from "./controls.js";
import { keyboard } from "./keys.js";
import { learn } from "./learn.js";
import { Link } from "./link.js";
import { listen } from "./listen.js";
import { morph } from "./morph.js";
import { Beat, Ring, outlineOf } from "./ring.js";

const link = new Link();
const beat = new Beat();
const find = (selector) => document.querySelector(selector);
const isStill = matchMedia("(prefers-reduced-motion: reduce)");
const laid = new Set();
const page = { deck: 1, level: 0, status: {}, unmet: false, nexts: new Map(), outlines: new Map() };

const deckAddress = (name, deck = page.deck) => `/ladmg/${deck}/${name}`;

/** Controls of those parameters that the table has. */
function place(box, addresses, options = {}) {
  for (const address of addresses.filter((one) => link.has(one))) {
    laid.add(address);
    box.append(control(link, address, options[address.split("/").at(-1)]));
  }
  return box;
}

function group(name, ...boxes) {
  const filled = boxes.filter((box) => box.childElementCount);
  return filled.length ? [make("div", { className: "group" }, make("h2", {}, name), ...filled)] : [];
}

const row = (className = "even") => make("div", { className: className || "stack" });

/** Places that keep loops: a press plays one, or keeps what sounds there while `keep` is pressed. */
function shelf(deck) {
  const [keep, play] = ["shelf_keep", "shelf_play"].map((name) => deckAddress(name, deck));
  if (!link.has(keep) || !link.has(play)) return [];
  laid.add(keep).add(play);
  const spec = link.specs.get(keep);
  const armed = make("button", { className: "key", type: "button", "aria-pressed": "false", "aria-label": `keep in the shelf, deck ${deck}` }, "keep in ...");
  armed.dataset.address = keep;
  armed.title = `${spec.doc}\n${keep}`;
  const isArmed = () => armed.getAttribute("aria-pressed") === "true";
  armed.addEventListener("click", () => armed.setAttribute("aria-pressed", String(!isArmed())));
  const places = make("div", { className: "shelf", role: "group", "aria-label": `shelf, deck ${deck}` });
  places.dataset.address = play;
  places.title = `${link.specs.get(play).doc}\n${play}`;
  for (let number = spec.low; number <= spec.high; number++) {
    const button = make("button", { className: "key", type: "button", "aria-label": `shelf ${number}` }, String(number));
    button.addEventListener("click", () => {
      link.send(isArmed() ? keep : play, number);
      armed.setAttribute("aria-pressed", "false");
    });
    places.append(button);
  }
  const show = () => {
    const held = link.news.get("/ladmg/shelf") ?? [];
    [...places.children].forEach((button, index) => button.classList.toggle("held", held.includes(index + spec.low)));
  };
  link.on("/ladmg/shelf", show);
  show();
  return [places, make("div", { className: "stack" }, armed)];
}

function build() {
  const global = (...names) => names.map((name) => `/ladmg/${name}`);
  const wide = { isWide: true };
  place(find("#tempo"), global("bpm", "tap"), { bpm: { isNumber: true } });
  place(find("#enters"), global("swap", "auto"), { swap: wide });
  place(find("#master"), global("record", "gain_db"), { record: { word: "rec" }, gain_db: { word: "master" } });
  find("#master").append(find("#listen"));
  for (const deck of link.decks) {
    const of = (...names) => names.map((name) => deckAddress(name, deck));
    const panel = (...children) => {
      const box = make("div", { className: "deck" }, ...children);
      box.dataset.deck = deck;
      return box;
    };
    const prompts = row("prompts");
    for (const suffix of ["", "_2", "_3", "_4"]) {
      const isFirst = !suffix;
      const options = { [`prompt${suffix}`]: { word: isFirst ? "how should it sound?" : "and ..." }, [`weight${suffix}`]: { word: "" } };
      const line = place(row("prompt"), of(`prompt${suffix}`, `weight${suffix}`), options);
      line.lastElementChild.setAttribute("aria-label", `weight${suffix.replace("_", " ")}, deck ${deck}`);
      prompts.append(line);
    }
    const negative = place(row("prompts"), of("negative"), { negative: { word: "and not like what?" } });
    find("#words").append(panel(
      ...group("prompts and weights", prompts, negative),
      ...group("follow", place(row(), of("cfg_scale", "cfg_grid"))),
      ...group("shape", place(row(), of("brightness", "density")), place(row(), of("swing"))),
    ));
    find("#hands").append(panel(
      ...group("filter and kill", place(row(""), of("filter")), place(row(), of("kill_low", "kill_mid", "kill_high"))),
      ...group("time", place(row(""), of("stutter"), { stutter: wide }), place(row(), of("reverse"))),
      ...group("level", place(row(""), of("delay_send", "level_db")), place(row(), of("mute"))),
      ...group("shelf", ...shelf(deck)),
    ));
    const path = morph(link, deck);
    const seeds = place(row("seeds"), of("seed_a", "seed_b", "seed_c", "seed_d"));
    laid.add(deckAddress("morph", deck)).add(deckAddress("morph_y", deck));
    find("#path").append(panel(path, ...seeds.children));
    find("#keys").append(panel(...place(row("four"), of("roll", "go", "hold", "undo")).children));
  }
  place(find("#keys"), global("crossfade"), { crossfade: { ends: link.decks.map((deck) => `deck ${deck}`) } });
  find("#keys").append(place(row("two"), global("playing", "panic"), { playing: { word: "play" }, panic: { word: "panic" } }));
  const saved = make("div", { className: "saved", role: "group", "aria-label": "presets" });
  find("#words").append(...group("key and bars", place(row("harmony"), global("key", "n_bars"), { n_bars: wide })));
  const presets = group("presets", place(row(""), global("preset_save"), { preset_save: { word: "keep all this as ..." } }));
  presets.forEach((box) => box.append(saved));
  laid.add("/ladmg/preset_recall"); // by the names of those that are kept
  find("#words").append(...presets);
  if (link.decks.length > 1) {
    for (const deck of link.decks) {
      const tab = make("button", { className: "key", type: "button", role: "tab", "aria-label": `deck ${deck}` }, String(deck));
      tab.dataset.deck = deck;
      tab.addEventListener("click", () => choose(deck));
      find("#decks").append(tab);
    }
  }
  const rest = [...link.specs.keys()].filter((address) => !laid.has(address));
  const close = make("button", { className: "key close", type: "button" }, "close");
  close.addEventListener("click", () => drawer(false));
  find("#drawer").append(make("h2", {}, "all else"), place(row("rest"), rest), close);
}

/** The deck that the page plays. */
export function choose(deck) {
  page.deck = deck;
  for (const panel of document.querySelectorAll(".deck")) panel.hidden = Number(panel.dataset.deck) !== deck;
  for (const tab of document.querySelectorAll("#decks button")) tab.setAttribute("aria-selected", String(Number(tab.dataset.deck) === deck));
  showNext();
  showPending();
}

function drawer(isOpen) {
  find("#drawer").hidden = !isOpen;
  find("#open-drawer").setAttribute("aria-expanded", String(isOpen));
}

// What sounds, and what is on its way

const recipes = new Map();

/** The settings of the loop that sounds, or null. Parsed once a loop. */
function recipe(deck) {
  const told = link.news.get(deckAddress("loop", deck));
  if (!told) return null;
  if (recipes.get(deck)?.told !== told) recipes.set(deck, { told, loop: JSON.parse(told[1]) });
  return recipes.get(deck).loop;
}

/** The value of a parameter in the loop that sounds, where it is one that a loop is made with. */
function soundingValue(spec, loop) {
  if (!loop || !spec.when.includes("R") || spec.when.includes("B") || spec.default === undefined) return undefined;
  const value = loop[spec.name] ?? spec.default;
  return spec.kind === "enum" && typeof value === "string" ? spec.choices.indexOf(value) : value;
}

/** Whether a difference would not be heard: a far seed, the weight of no words, an automatic number. */
function isMoot(spec, value) {
  const now = (name) => link.values.get(deckAddress(name, spec.deck));
  const prompt = spec.name.replace("weight", "prompt");
  return (spec.name === "n_steps" && value === 0)
    || (spec.name === "seed_a" && now("morph") === 1) || (spec.name === "seed_b" && now("morph") === 0)
    || (/^seed_[cd]$/.test(spec.name) && !now("morph_y"))
    || (spec.name.startsWith("weight") && !now(prompt));
}

function showPending() {
  const states = new Map(link.decks.map((deck) => [deck, link.news.get(deckAddress("next", deck))?.[0] ?? "none"]));
  for (const element of document.querySelectorAll("[data-address]")) {
    const address = element.dataset.address;
    const spec = link.specs.get(address);
    const deck = spec.deck ?? page.deck;
    const loop = recipe(deck);
    const value = link.values.get(address);
    const sounds = soundingValue(spec, loop);
    const isComing = states.get(deck) !== "none" || page.unmet;
    const differs = sounds !== undefined && sounds !== value && isComing && !isMoot(spec, value);
    element.classList.toggle("pending", differs);
    const words = element.querySelector(".sounds");
    if (words) words.textContent = differs ? shown(spec, sounds) || "nothing" : "";
    element.setGhost?.(differs ? sounds : undefined);
    for (const button of element.querySelectorAll("[role=radio]")) {
      const index = [...button.parentElement.children].indexOf(button);
      button.classList.toggle("still", differs && sounds === (spec.kind === "enum" ? index : spec.choices[index]));
    }
    if (element.setSounding && loop) element.setSounding(loop.morph ?? 0, loop.morph_y ?? 0);
  }
}

function nextOf(deck) {
  const [state = "none", eta = -1] = link.news.get(deckAddress("next", deck)) ?? [];
  return { state, eta };
}

function takeNext(deck) {
  const { state, eta } = nextOf(deck);
  const before = page.nexts.get(deck);
  const since = before?.state === state ? before.since : performance.now();
  page.nexts.set(deck, { state, since, entersAt: Math.round(beat.now() + eta) });
  if (deck === page.deck) showNext();
  showPending();
}

function showNext() {
  const { state, eta } = nextOf(page.deck);
  const isHeld = link.values.get(deckAddress("hold"));
  const texts = {
    none: recipe(page.deck) ? "" : "no loop yet",
    waiting: "waiting",
    rendering: "rendering",
    ready: isHeld ? "ready, held" : "ready: go",
    cued: eta > 0 ? `in ${Math.round(eta)} beat${Math.round(eta) === 1 ? "" : "s"}` : "enters",
  };
  const text = texts[state] ?? state;
  if (find("#next").textContent !== text) find("#next").textContent = text;
  find("#next").dataset.state = state;
}

function takeLoop(deck) {
  page.unmet = false;
  if (deck === page.deck) showNext();
  showPending();
}

function showPresets() {
  find(".saved").replaceChildren(...(link.news.get("/ladmg/presets") ?? []).map((name) => {
    const button = make("button", { className: "key", type: "button", title: `recall ${name}` }, name);
    button.addEventListener("click", () => link.send("/ladmg/preset_recall", name));
    return button;
  }));
}

// Health

function showHealth() {
  const { device, generator, underflows = 0, callback_load: load = 0, render_ms: render = 0, pages } = page.status;
  const loop = recipe(page.deck);
  const lasts = loop ? (loop.n_bars * 240) / loop.bpm : 0;
  const parts = [
    ["card", device === "none" ? "no card" : device || "..."],
    ["load", `${Math.round(100 * load)} %`],
    ["underflows", underflows],
    ["render", render ? `${(render / 1000).toFixed(2)} s of ${lasts.toFixed(2)}` : generator],
    ["pages", pages],
  ];
  find("#health").replaceChildren(...parts.map(([word, value]) => make("span", {}, make("b", {}, word), ` ${value}`)));
  find("#health").classList.toggle("is-bad", underflows > 0 || load > 0.8);
}

const timers = new Map();

/** A line above the keys, for a while. */
function say(selector, text) {
  find(selector).textContent = text;
  find(selector).hidden = false;
  clearTimeout(timers.get(selector));
  timers.set(selector, setTimeout(() => (find(selector).hidden = true), 8000));
}

function showError(address, code, text) {
  const deckOf = address.match(/^\/ladmg\/(\d+)/)?.[1];
  if (link.has(address) || deckOf) page.unmet = true;
  say("#error", text);
  showPending();
}

// Every frame

let drawnAt = 0;

function frame(now) {
  requestAnimationFrame(frame);
  if (isStill.matches && now - drawnAt < 250) return;
  drawnAt = now;
  const deck = page.deck;
  const loop = recipe(deck);
  const nBeats = 4 * (loop?.n_bars ?? 4);
  const next = page.nexts.get(deck) ?? { state: "none", since: now, entersAt: 0 };
  const position = Math.max(0, beat.now());
  const other = link.decks.find((one) => one !== deck);
  ring.frame({
    nBeats,
    beat: position,
    outline: page.outlines.get(deck),
    other: other ? { outline: page.outlines.get(other) } : null,
    level: page.level,
    isSilent: !link.values.get("/ladmg/playing") || Boolean(link.values.get(deckAddress("mute"))),
    next: { ...next, progress: Math.min(0.97, (now - next.since) / (page.status.render_ms || 2000)) },
  });
  const count = loop ? `${(Math.floor(position / 4) % (nBeats / 4)) + 1}.${(Math.floor(position) % 4) + 1}` : "-.-";
  if (find("#count").textContent !== count) find("#count").textContent = count;
  const bpm = beat.bpm.toFixed(2);
  if (find("#bpm").textContent !== bpm) find("#bpm").textContent = bpm;
}

const ring = new Ring(find("canvas"));

link.on("hello", () => {
  if (laid.size) return; // back after a pause: the values are told anew, the controls are there
  build();
  for (const deck of link.decks) {
    link.on(deckAddress("next", deck), () => takeNext(deck));
    link.on(deckAddress("loop", deck), () => takeLoop(deck));
    link.on(deckAddress("waveform", deck), () => page.outlines.set(deck, outlineOf(link.news.get(deckAddress("waveform", deck))[1])));
    link.on(deckAddress("hold", deck), showNext);
  }
  link.on("/ladmg/presets", showPresets);
  for (const address of link.specs.keys()) link.on(address, showPending);
  choose(link.decks[0]);
  keyboard({ link, page, choose, drawer, deckAddress });
  learn(link, find("#learn"), (text) => say("#said", text));
  listen(find("#listen"), (text) => say("#error", text));
  requestAnimationFrame(frame);
  if (!localStorage.getItem("ladmg-welcomed")) find("#welcome").showModal();
});
link.on("open", () => document.body.classList.remove("is-away"));
link.on("closed", () => document.body.classList.add("is-away"));
link.on("meter", ([at, bpm, isRunning, peak]) => {
  beat.take(at, bpm, Boolean(isRunning));
  const level = Math.min(1, Math.max(0, (20 * Math.log10(Math.max(peak, 1e-6)) + 48) / 48));
  page.level = Math.max(level, page.level - 0.04);
});
link.on("status", (status) => {
  page.status = status;
  showHealth();
});
link.on("error", showError);
find("#welcome").addEventListener("close", () => localStorage.setItem("ladmg-welcomed", "1"));
find("#open-drawer").addEventListener("click", () => drawer(find("#drawer").hidden));
find("#open-help").addEventListener("click", () => find("#help").showModal());
// A button that was pointed at doesn't keep the space bar to itself.
document.addEventListener("pointerup", () => document.activeElement?.matches("button") && document.activeElement.blur());
link.open();
