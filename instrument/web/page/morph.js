// The path between the seeds: where it stands, what sounds, and which points are ready to be heard at once.

import { make, shown } from "./controls.js";

/** The strip of one deck; a pad where the table has a second way to morph. */
export function morph(link, deck) {
  const address = `/ladmg/${deck}/morph`;
  const addressY = link.has(`/ladmg/${deck}/morph_y`) ? `/ladmg/${deck}/morph_y` : null;
  const spec = link.specs.get(address);
  const points = make("div", { className: "points" });
  const target = make("i", { className: "target" });
  const sounding = make("i", { className: "sounding", hidden: true });
  const figure = make("span", { className: "figure" });
  const seed = (name) => make("b", { className: `seed ${name}` }, name.at(-1).toUpperCase());
  const seeds = ["seed_a", "seed_b", ...(addressY ? ["seed_c", "seed_d"] : [])].map(seed);
  const element = make(
    "div",
    {
      className: addressY ? "morph pad" : "morph", role: "slider", tabIndex: 0, "aria-label": `morph, deck ${deck}`,
      "aria-valuemin": 0, "aria-valuemax": 1, title: `${spec.doc}\n${address}`,
    },
    ...seeds, make("div", { className: "field" }, points, sounding, target), figure,
  );
  element.dataset.address = address;

  const show = () => {
    const x = link.values.get(address);
    const y = addressY ? link.values.get(addressY) : 0;
    target.style.left = `${100 * x}%`;
    if (addressY) target.style.top = `${100 * y}%`;
    figure.textContent = addressY ? `${x.toFixed(2)}  ${y.toFixed(2)}` : x.toFixed(3);
    element.setAttribute("aria-valuenow", x);
    element.setAttribute("aria-valuetext", addressY ? `${shown(spec, x)} across, ${shown(spec, y)} down` : shown(spec, x));
  };
  const move = (x, y) => {
    const clamped = (value) => Number(Math.min(1, Math.max(0, value)).toFixed(4));
    if (x !== null) link.set(address, clamped(x));
    if (addressY && y !== null) link.set(addressY, clamped(y));
  };
  const follow = (event) => {
    const box = element.querySelector(".field").getBoundingClientRect();
    move((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  };
  let isHeld = false;
  element.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    isHeld = true;
    element.setPointerCapture(event.pointerId);
    follow(event);
  });
  element.addEventListener("pointermove", (event) => isHeld && follow(event));
  for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, () => (isHeld = false));
  element.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 0.1 : 0.01;
    const across = { ArrowRight: step, ArrowLeft: -step }[event.key];
    const down = { ArrowDown: step, ArrowUp: -step }[event.key] ?? 0;
    if (across) move(link.values.get(address) + across, null);
    else if (down && addressY) move(null, link.values.get(addressY) + down);
    else if (down) move(link.values.get(address) - down, null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  const showPoints = () => {
    const ready = link.news.get(`/ladmg/${deck}/fan`) ?? []; // x, y, x, y ..
    points.replaceChildren();
    for (let i = 0; i + 1 < ready.length; i += 2) {
      const point = make("i");
      point.style.left = `${100 * ready[i]}%`;
      if (addressY) point.style.top = `${100 * ready[i + 1]}%`;
      points.append(point);
    }
  };
  link.on(address, show);
  if (addressY) link.on(addressY, show);
  link.on(`/ladmg/${deck}/fan`, showPoints);
  show();
  showPoints();
  element.setSounding = (x, y) => {
    sounding.hidden = false;
    sounding.style.left = `${100 * x}%`;
    if (addressY) sounding.style.top = `${100 * y}%`;
  };
  return element;
}
