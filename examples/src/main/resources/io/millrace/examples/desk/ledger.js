const WINDOW_MILLIS = 2_000;

/** What a column has got: how much, how fast, and whether something is missing or came twice. */
export class Ledger {
  records = 0;
  missing = 0;
  twice = 0;
  /** Records of which the server itself has said that they are gone. */
  deleted = 0;
  #next = new Map();
  #marks = [];

  take({ partition, offset }) {
    const at = Number(offset);
    const next = this.#next.get(partition) ?? at;
    if (at < next) this.twice++;
    else {
      this.missing += at - next;
      this.#next.set(partition, at + 1);
    }
    this.records++;
  }

  /** The server has told of a gap; what comes behind it is in order again. */
  skip(missed) {
    this.deleted += Number(missed ?? 0);
    this.#next.clear();
  }

  /** The offset behind the last record of each partition. */
  get ends() {
    return Object.fromEntries(this.#next);
  }

  /** Records a second, over the last two seconds; to be asked some times in each. */
  rate(now) {
    this.#marks.push([now, this.records]);
    while (this.#marks.length > 2 && now - this.#marks[1][0] >= WINDOW_MILLIS) this.#marks.shift();
    const [then, records] = this.#marks[0];
    return now > then ? ((this.records - records) * 1_000) / (now - then) : 0;
  }
}
