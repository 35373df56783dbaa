/* While a person of the clinic has the conversation, asks the server for what they write. */

const EVERY = 5_000;

export class PersonWatch {
  /** `history(after)` asks the server, `show(item)` puts an item on the page, `ended()` is called when the chat is over. */
  constructor({ history, show, ended }) {
    Object.assign(this, { history, show, ended });
    this.stop();
  }

  /** Items that stand on the page. */
  known(items) {
    for (const { number, pushed } of items) {
      this.last = Math.max(this.last, number);
      if (pushed) this.shown.add(number);
    }
  }

  /** Goes on looking, or looks no more, as the server said. */
  set(handedOver) {
    this.on = handedOver;
    if (handedOver && !this.timer) this.timer = setTimeout(() => this.look(), EVERY);
  }

  /** A new chat begins: nothing is known of it. */
  stop() {
    clearTimeout(this.timer);
    this.timer = null;
    this.on = false;
    this.last = 0;
    this.shown = new Set();
  }

  async look() {
    const { shown } = this;
    let found;
    try {
      found = await this.history(this.last);
    } catch (problem) {
      if (shown !== this.shown) return; // another chat has begun meanwhile
      this.timer = null;
      if (problem.kind === "ended") this.ended();
      else this.set(true);
      return;
    }
    if (shown !== this.shown) return;
    this.timer = null;
    const fresh = found.messages.filter((item) => item.pushed && !shown.has(item.number));
    this.known(found.messages);
    fresh.forEach((item) => this.show(item));
    this.set(found.handed_over);
  }
}
