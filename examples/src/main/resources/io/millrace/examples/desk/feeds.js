import { Ledger } from './ledger.js';

const SHOWN = 6;
const CREDIT = 64;

/** What both columns have in common: the latest orders, and what became of all of them. */
class Feed {
  ledger = new Ledger();
  latest = [];
  state = 'connecting';
  paused = false;
  /** Counts changes of `latest`, so that it is drawn when it has changed. */
  version = 0;

  take(record) {
    this.ledger.take(record);
    this.latest.push(record);
    if (this.latest.length > SHOWN) this.latest.shift();
    this.version++;
  }
}

/** Orders over WebSocket: a loop that takes one after the other, and a pause that reaches the server's disk. */
export class SocketFeed extends Feed {
  #orders;

  constructor(millrace, topic) {
    super();
    this.#orders = millrace.subscribe(topic, { from: 'last:2', credit: CREDIT, lag: '500ms' });
    this.#orders.addEventListener('gap', (event) => this.ledger.skip(event.detail.missed));
    millrace.addEventListener('state', (event) => this.#changed(event.detail));
    this.#follow();
  }

  async #follow() {
    for await (const order of this.#orders) this.take(order);
  }

  #changed({ state, delay }) {
    this.state = state === 'waiting' ? `again in ${(delay / 1000).toFixed(1)} s` : state === 'open' ? 'live' : state;
  }

  get waiting() {
    return this.#orders.buffered;
  }

  get behind() {
    return this.#orders.lag;
  }

  get note() {
    return this.paused
      ? `Paused. The server has no credit and reads no further; at most ${CREDIT} orders wait here.`
      : `${CREDIT} orders are granted ahead. The server reads its log as fast as this loop takes them.`;
  }

  toggle() {
    this.paused = !this.paused;
    if (this.paused) this.#orders.pause();
    else this.#orders.resume();
  }
}

/** Orders as server-sent events: the browser takes what comes. To pause is to close, and to ask for the rest later. */
export class EventFeed extends Feed {
  #url;
  #source = null;
  #position = null;
  #timer = 0;

  constructor(gateway, topic) {
    super();
    this.#url = `${gateway}/v1/topics/${topic}/records`;
    this.#open();
  }

  #open() {
    const where = this.#position ? `last_event_id=${encodeURIComponent(this.#position)}` : 'from=last:2';
    const source = new EventSource(`${this.#url}?${where}`);
    this.#source = source;
    this.state = 'connecting';
    source.onopen = () => (this.state = 'live');
    // The browser connects again by itself, but gives up when the answer is no stream, as while a server starts.
    source.onerror = () => {
      this.state = 'again soon';
      if (source.readyState === EventSource.CLOSED) this.#timer = setTimeout(() => this.#open(), 1_000);
    };
    source.addEventListener('position', (event) => (this.#position = event.lastEventId));
    source.addEventListener('record', (event) => {
      this.#position = event.lastEventId;
      this.take(JSON.parse(event.data));
    });
    source.addEventListener('gap', (event) => {
      this.#position = event.lastEventId;
      this.ledger.skip(JSON.parse(event.data).missed);
    });
  }

  get waiting() {
    return 0;
  }

  get behind() {
    return null;
  }

  get note() {
    return this.paused
      ? 'Events cannot be asked to stop: the stream is closed. It goes on behind the last event.'
      : 'The server sends as fast as the connection takes it; the browser decides how fast that is.';
  }

  toggle() {
    this.paused = !this.paused;
    clearTimeout(this.#timer);
    if (this.paused) this.#source.close();
    else this.#open();
  }
}
