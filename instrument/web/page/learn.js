// MIDI learn: press `learn`, touch a control here, move one there.

const LEARN = "/ladmg/midi/learn";
const CANCEL = "/ladmg/midi/cancel";

/** Where the instrument can learn. say(text): shows what has been learnt. */
export function learn(link, key, say) {
  key.hidden = !link.commands.includes(LEARN);
  let armed = null;

  const arm = (element) => {
    armed?.classList.remove("armed");
    armed = element;
    armed?.classList.add("armed");
  };
  const set = (isLearning) => {
    arm(null);
    document.body.classList.toggle("is-learning", isLearning);
    key.setAttribute("aria-pressed", String(isLearning));
  };
  const isLearning = () => document.body.classList.contains("is-learning");
  const end = () => {
    if (armed) link.send(CANCEL);
    set(false);
  };
  key.addEventListener("click", () => (isLearning() ? end() : set(true)));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isLearning()) end();
  });
  // Before the controls themselves: while it learns, touching one means it and does not move it.
  for (const kind of ["pointerdown", "click", "dblclick"]) {
    document.addEventListener(kind, (event) => {
      const element = event.target.closest("[data-address]");
      if (!isLearning() || !element) return;
      event.preventDefault();
      event.stopPropagation();
      if (kind !== "click") return;
      arm(element);
      link.send(LEARN, element.dataset.address);
    }, true);
  }
  link.on("/ladmg/midi/learnt", () => {
    const [address, control] = link.news.get("/ladmg/midi/learnt");
    if (control) say(`${control} plays ${address}`);
    if (armed?.dataset.address === address) set(false);
  });
}
