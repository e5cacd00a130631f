// Keyboard shortcuts. One table makes them work and writes the help.

const KEYS = [
  [" ", "space", "play or stop"],
  ["r", "R", "roll: a new idea"],
  ["g", "G", "go: drop what is ready"],
  ["h", "H", "hold"],
  ["u", "U", "undo"],
  ["t", "T", "tap the tempo"],
  ["m", "M", "mute"],
  ["q", "Q W E", "kill low, mid, high"],
  ["z", "Z X C V", "stutter, while held"],
  ["b", "B", "backwards, while held"],
  [",", ", .", "slower, faster, while held"],
  ["ArrowLeft", "← →", "along the path; with Shift by 0.1"],
  ["ArrowUp", "↑ ↓", "0.1 BPM; with Shift 1"],
  ["f", "F", "filter open"],
  ["p", "P", "type a prompt"],
  ["l", "L", "listen here"],
  ["1", "1 2", "deck, where there are two"],
  ["a", "A", "all other parameters"],
  ["!", "!", "panic: silence at once"],
  ["?", "?", "this list"],
];

export function keyboard({ link, page, choose, drawer, deckAddress }) {
  const list = document.querySelector("#help dl");
  for (const [, keys, text] of KEYS) {
    const term = document.createElement("dt");
    const words = document.createElement("dd");
    term.textContent = keys;
    words.textContent = text;
    list.append(term, words);
  }
  const deck = (name) => deckAddress(name);
  const toggle = (address) => link.set(address, link.values.get(address) ? 0 : 1);
  const add = (address, by) => {
    const { low, high } = link.specs.get(address);
    link.set(address, Number(Math.min(high, Math.max(low, link.values.get(address) + by)).toFixed(4)));
  };
  const pressed = {
    " ": () => toggle("/ladmg/playing"),
    r: () => link.send(deck("roll"), 1),
    g: () => link.send(deck("go"), 1),
    h: () => toggle(deck("hold")),
    u: () => link.send(deck("undo"), 1),
    t: () => link.send("/ladmg/tap", 1),
    "!": () => link.send("/ladmg/panic", 1),
    m: () => toggle(deck("mute")),
    q: () => toggle(deck("kill_low")),
    w: () => toggle(deck("kill_mid")),
    e: () => toggle(deck("kill_high")),
    f: () => link.set(deck("filter"), 0),
    ArrowLeft: (event) => add(deck("morph"), event.shiftKey ? -0.1 : -0.01),
    ArrowRight: (event) => add(deck("morph"), event.shiftKey ? 0.1 : 0.01),
    ArrowUp: (event) => add("/ladmg/bpm", event.shiftKey ? 1 : 0.1),
    ArrowDown: (event) => add("/ladmg/bpm", event.shiftKey ? -1 : -0.1),
    p: () => document.querySelector(`[data-address="${deck("prompt")}"] input`).focus(),
    l: () => document.querySelector("#listen").click(),
    a: () => drawer(document.querySelector("#drawer").hidden),
    "?": () => document.querySelector("#help").showModal(),
    Escape: () => drawer(false),
  };
  // Key: the parameter, its value while the key is held; let go, it has its default again.
  const held = { b: ["reverse", 1], ",": ["nudge", -2], ".": ["nudge", 2] };
  ["z", "x", "c", "v"].forEach((key, index) => (held[key] = ["stutter", index + 1]));
  const releases = new Map(); // a deck chosen meanwhile doesn't keep the other one's stutter

  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.matches("input, select") || document.querySelector("dialog[open]");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && event.target.matches("button")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key in held) {
      if (event.repeat) return;
      const [name, value] = held[key];
      const address = link.has(`/ladmg/${name}`) ? `/ladmg/${name}` : deck(name);
      releases.set(key, address);
      link.set(address, value);
    } else if (key in pressed) {
      if (event.repeat && !key.startsWith("Arrow")) return;
      pressed[key](event);
    } else if (link.decks.length > 1 && link.decks.includes(Number(key))) {
      choose(Number(key));
    } else {
      return;
    }
    event.preventDefault();
  });
  const release = (key) => {
    const address = releases.get(key);
    releases.delete(key);
    // Another key may have taken it over: the last one let go opens it.
    if (address && ![...releases.values()].includes(address)) link.set(address, link.specs.get(address).default);
  };
  document.addEventListener("keyup", (event) => release(event.key.toLowerCase()));
  window.addEventListener("blur", () => [...releases.keys()].forEach(release));
}
