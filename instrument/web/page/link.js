// The WebSocket to the instrument: every value, what is told besides, and how to set one.

const RETRY_MS = [300, 1000, 3000];
const SEND_MS = 16;

/** What the instrument says, as it says it. Listeners hear an address, or one of
 * "hello", "open", "closed", "meter", "status", "error". */
export class Link {
  constructor() {
    this.specs = new Map(); // address -> entry of the parameter table
    this.values = new Map();
    this.news = new Map(); // address -> arguments, of what is no parameter
    this.decks = [];
    this.commands = [];
    this.isOpen = false;
    this.listeners = new Map();
    this.unsent = new Map();
    this.timer = 0;
    this.tries = 0;
  }

  on(topic, listener) {
    if (!this.listeners.has(topic)) this.listeners.set(topic, []);
    this.listeners.get(topic).push(listener);
  }

  tell(topic, ...args) {
    for (const listener of this.listeners.get(topic) ?? []) listener(...args);
  }

  open() {
    this.socket = new WebSocket(`ws://${location.host}/live`);
    this.socket.onmessage = (event) => this.take(JSON.parse(event.data));
    this.socket.onclose = () => {
      this.isOpen = false;
      this.tell("closed");
      setTimeout(() => this.open(), RETRY_MS[Math.min(this.tries++, RETRY_MS.length - 1)]);
    };
  }

  take({ hello, values, news, meter, status, errors }) {
    if (hello) {
      this.specs = new Map(hello.params.map((spec) => [spec.address, spec]));
      this.decks = hello.decks;
      this.commands = hello.commands;
      this.isOpen = true;
      this.tries = 0;
    }
    for (const [address, value] of Object.entries(values ?? {})) this.values.set(address, value);
    for (const [address, args] of Object.entries(news ?? {})) this.news.set(address, args);
    if (hello) this.tell("hello");
    for (const address of Object.keys(values ?? {})) this.tell(address);
    for (const address of Object.keys(news ?? {})) this.tell(address);
    if (hello) this.tell("open");
    if (meter) this.tell("meter", meter);
    if (status) this.tell("status", status);
    for (const error of errors ?? []) this.tell("error", ...error);
  }

  has(address) {
    return this.specs.has(address);
  }

  /** Set a parameter: seen here at once, sent at most every 16 ms, and told back as the instrument took it. */
  set(address, value) {
    this.values.set(address, value);
    this.tell(address);
    this.unsent.set(address, value);
    if (!this.timer) {
      this.flush();
      this.timer = setInterval(() => this.flush(), SEND_MS);
    }
  }

  flush() {
    if (!this.unsent.size) {
      clearInterval(this.timer);
      this.timer = 0;
    }
    for (const [address, value] of this.unsent) this.send(address, value);
    this.unsent.clear();
  }

  /** Fire a trigger, or send what has no value. */
  send(address, ...args) {
    if (this.isOpen) this.socket.send(JSON.stringify([address, ...args]));
  }
}
