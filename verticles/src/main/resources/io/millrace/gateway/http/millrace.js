/**
 * Millrace for JavaScript: publish and follow topics over one WebSocket, with demand from your loop to the server's disk.
 * One module without dependencies, for browsers and for Node 22 or later (Node 20 with --experimental-websocket).
 *
 *     import { connect } from 'http://localhost:8080/client/millrace.js';
 *
 *     const millrace = connect();                                  // the server that this module came from
 *     await millrace.publish('orders', { key: 'customer-7', value: { amount: 42 } });
 *     for await (const order of millrace.subscribe('orders', { from: 'earliest' })) console.log(order.value);
 *     for await (const order of millrace.subscribe({ topic: 'orders', group: 'billing' })) await bill(order.value);
 *
 * When the connection breaks it is made anew, and everything goes on where it stood: a subscription behind the last
 * record it has received, a publish with the key that keeps it from being stored twice. Nothing waits in a queue without
 * a limit: a loop that is slow stops the reader in the server, and a publisher that is fast waits for its credit.
 *
 * @module millrace
 */

const PROTOCOL = 'millrace.v1+json';
/** Close codes after which a new connection would end in the same way. */
const FOR_GOOD = new Set([1002, 1003, 1007, 1008, 1009, 4400, 4401, 4403, 4409, 4429]);
const CLOSE_WORDS = {
  1006: 'the connection broke',
  4400: 'the server could not read a frame',
  4401: 'authentication is missing or over',
  4403: 'this is not allowed',
  4408: 'the server heard nothing for too long',
  4409: 'the session was taken over',
  4429: 'more was sent than was granted',
  4503: 'the server is about to stop',
  4507: 'what the server sent was not taken for too long',
};
/** More bytes than this do not wait in the browser's own buffer. */
const MOST_BUFFERED_BYTES = 1 << 20;
const LOOK_AT_BUFFER_MILLIS = 10;
/** A connection that has lasted so long was no failed attempt. */
const STABLE_MILLIS = 2_000;

/**
 * Why something was refused or failed: the members of an RFC 9457 problem, as an error.
 *
 * @property {string} code what to compare, as `TOPIC_NOT_FOUND`; those of this module: `CONNECTION_LOST`, `CLOSED`, `QUEUE_FULL`
 * @property {number} [status] the status that HTTP would have
 * @property {string} [detail] what happened, for people
 * @property {boolean} retryable whether the same may succeed later
 * @property {number} [retryAfterMs] when, in milliseconds
 * @property {'notStored'|'stored'|'unknown'} outcome what became of the record of a publish
 */
export class Problem extends Error {
  constructor(members) {
    super(members.detail ?? members.title ?? members.code);
    Object.assign(this, { retryable: false, outcome: 'notStored' }, members, { name: 'Problem' });
  }
}

/**
 * A record as it is delivered. A value is `value` where the content type is JSON, else `valueText` or `valueBase64`.
 *
 * @typedef {object} DeliveredRecord
 * @property {string} id its name, or `topic/partition/offset`
 * @property {string} topic
 * @property {number} partition
 * @property {string} offset 64 bits, therefore a text
 * @property {string} [key] or `keyBase64`, when it is no UTF-8
 * @property {string} timestamp RFC 3339
 * @property {Object<string, *>} headers
 * @property {string} [contentType]
 * @property {*} [value] JSON; null for a record without a value
 * @property {string} [valueText]
 * @property {string} [valueBase64]
 * @property {string} cursor the position behind this record in everything the subscription reads
 */

/**
 * A record to publish.
 *
 * @typedef {object} OutgoingRecord
 * @property {string} [key] records of one key keep their order; or `keyBase64`
 * @property {*} [value] JSON; bytes (`Uint8Array`, `ArrayBuffer`) are sent as bytes. Or `valueText`, or `valueBase64`
 * @property {string} [contentType] of text and bytes
 * @property {Object<string, string>} [headers]
 * @property {number} [partition] instead of the one that the key gives
 * @property {string} [timestamp] RFC 3339, instead of the time of arrival
 * @property {string} [id] at most 256 characters
 * @property {'0'|'1'|'all'} [acks] what to wait for; `all` without it
 * @property {string} [idempotencyKey] instead of one that is made up
 */

/**
 * What a publish is answered with.
 *
 * @typedef {object} Receipt
 * @property {string} topic
 * @property {number} partition
 * @property {string} offset
 * @property {string} timestamp
 * @property {boolean} duplicate whether it was stored before
 * @property {'fsync'|'os'|'memory'|'none'} durable what the answer is worth
 * @property {string} cursor the position behind the record in its partition
 */

/**
 * Opens a connection, and keeps it open until {@link Client#close}.
 *
 * @param {string|URL} [url] of the gateway, as `http://localhost:8080`, or of its socket, `ws://localhost:8080/v1/ws`;
 *     without it, the gateway that this module was loaded from
 * @param {object} [options]
 * @param {number} [options.minDelay] milliseconds before the first new attempt, 250; doubled with each, and scattered
 * @param {number} [options.maxDelay] the longest delay, 15000
 * @param {number} [options.maxAttempts] attempts in a row until it gives up; without it, never
 * @param {number} [options.openTimeout] milliseconds until an attempt has failed, 10000
 * @param {number} [options.maxWaiting] publishes that may wait for credit, 256; more are refused with `QUEUE_FULL`
 * @param {boolean} [options.idempotent] whether a publish whose answer is lost with the connection is sent again, under a
 *     key that keeps it from being stored twice; true without it. Otherwise it fails with outcome `unknown`
 * @param {typeof WebSocket} [options.WebSocket] instead of the global one
 * @returns {Client}
 */
export function connect(url, options) {
  return new Client(url, options);
}

/**
 * One connection with its subscriptions and its publisher.
 *
 * Event `state`: `detail` is `{ state, attempt, delay, code, reason, problem }`, where state is `connecting`, `open`,
 * `waiting` (for `delay` milliseconds, after a close with `code` and `reason`) or `closed`.
 */
export class Client extends EventTarget {
  #url;
  #options;
  #socket = null;
  #hello = null;
  #state = 'connecting';
  #attempt = 0;
  #timer = 0;
  #heard = 0;
  #asked = 0;
  #heartbeat = 0;
  #nextChannel = 1;
  #subscriptions = new Map();
  #publisher;
  #opened;
  #finished;
  #online = () => this.#state === 'waiting' && this.#connect();

  constructor(url, options = {}) {
    super();
    this.#url = socketUrl(url);
    this.#options = {
      minDelay: 250,
      maxDelay: 15_000,
      maxAttempts: Infinity,
      openTimeout: 10_000,
      maxWaiting: 256,
      idempotent: true,
      WebSocket: globalThis.WebSocket,
      ...options,
    };
    if (!this.#options.WebSocket) throw new TypeError('there is no WebSocket here; give one as an option');
    this.#publisher = new Publisher(this.#options);
    this.#opened = deferred();
    this.#finished = deferred();
    this.#opened.promise.catch(() => {});
    globalThis.addEventListener?.('online', this.#online);
    this.#connect();
  }

  /** `connecting`, `open`, `waiting` or `closed`. */
  get state() {
    return this.#state;
  }

  /** Settles with the first connection: fulfilled when it is open, rejected with a Problem when this client is closed before. */
  get opened() {
    return this.#opened.promise;
  }

  /**
   * Stores a record. When the publisher has no credit the record waits, and at most `maxWaiting` do; await
   * {@link Client#writable} before each publish, and none waits.
   *
   * @param {string} topic
   * @param {OutgoingRecord} record
   * @returns {Promise<Receipt>} rejected with a Problem, whose `outcome` says whether the record is stored
   */
  publish(topic, record) {
    return this.#publisher.publish(topic, record);
  }

  /** Fulfilled when a publish would be sent at once; rejected with a Problem when this client is closed. @returns {Promise<void>} */
  writable() {
    return this.#publisher.writable();
  }

  /**
   * Follows a topic, by itself or as a member of a group. The position is taken when the server is asked, at once; records
   * come when you iterate. The members of a group share the topic; it goes on where the group has committed, so `cursor`,
   * `partition`, `onGap` and `lag` are not for groups. A record of a group is done when your loop asks for the next one,
   * or by {@link Subscription#ack}; what is not done when a member goes is delivered to another.
   *
   * @param {string|{topic: string, group: string}} topic
   * @param {object} [options]
   * @param {'loop'|'manual'} [options.ack] for groups: what says that a record is done, the loop (without it) or you
   * @param {string} [options.from] `earliest` (without it), `latest`, `offset:N`, `time:T` or `last:N`
   * @param {string} [options.cursor] to go on behind a record, instead of `from`
   * @param {number} [options.partition] the only partition wanted
   * @param {number} [options.credit] records that may be on their way or wait here for your loop, 256
   * @param {number} [options.bytes] the bytes of these, 1 MiB; one record may be larger
   * @param {'skip'|'fail'} [options.onGap] whether to go on behind records that are gone, with an event `gap`, or to fail
   * @param {string} [options.lag] how often to be told how far behind it is, as `1s`; never without it
   * @returns {Subscription}
   */
  subscribe(topic, options = {}) {
    if (this.#state === 'closed') throw closedProblem();
    const target = typeof topic === 'string' ? { topic } : { ...topic };
    const subscription = new Subscription(target, options, {
      send: (frame) => this.#send(JSON.stringify(frame)), // false when there is no connection
      open: (one) => this.#open(one),
      forget: (channel) => this.#subscriptions.delete(channel),
    });
    this.#open(subscription);
    return subscription;
  }

  /**
   * Ends everything: loops end, publishes without a receipt fail (outcome `unknown` if they were sent).
   *
   * @returns {Promise<void>} when the socket is closed
   */
  close() {
    this.#end(closedProblem(), null);
    return this.#finished.promise;
  }

  #changed(state, detail = {}) {
    this.#state = state;
    this.dispatchEvent(new CustomEvent('state', { detail: { state, ...detail } }));
  }

  #connect() {
    clearTimeout(this.#timer);
    this.#changed('connecting', { attempt: this.#attempt });
    const socket = new this.#options.WebSocket(this.#url, PROTOCOL);
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#gone(socket, 1006, 'nobody answered in time'), this.#options.openTimeout);
    socket.onmessage = (message) => this.#received(socket, message.data);
    socket.onclose = (closed) => this.#gone(socket, closed.code, closed.reason);
    socket.onerror = () => {}; // close follows, and says more
  }

  #send(text) {
    if (this.#state !== 'open' || this.#socket.readyState !== 1) return false;
    this.#socket.send(text);
    return true;
  }

  #received(socket, text) {
    if (socket !== this.#socket) return;
    this.#heard = now();
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      this.#gone(socket, 4400, 'the server sent no JSON');
      return;
    }
    switch (frame.t) {
      case 'hello':
        this.#greeted(frame);
        break;
      case 'pubCredit':
      case 'receipt':
      case 'drain':
        this.#publisher.received(frame);
        break;
      case 'error':
        if (frame.rid !== undefined) this.#publisher.received(frame);
        else this.#subscriptions.get(frame.ch)?._received(frame, text);
        break;
      default:
        this.#subscriptions.get(frame.ch)?._received(frame, text);
    }
  }

  #greeted(hello) {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#hello = { ...hello, at: now() };
    this.#asked = 0;
    this.#heartbeat = setInterval(() => this.#look(socket), hello.heartbeat / 3);
    this.#changed('open', { attempt: this.#attempt });
    this.#publisher.connected(socket, hello.maxFrame);
    const open = [...this.#subscriptions.values()];
    this.#subscriptions.clear();
    for (const subscription of open) this.#open(subscription);
    this.#opened.resolve();
  }

  #open(subscription) {
    if (this.#state === 'closed') {
      subscription._end('closed', null);
      return;
    }
    const channel = this.#nextChannel++;
    this.#subscriptions.set(channel, subscription);
    if (this.#state === 'open') subscription._open(channel);
  }

  /** A server that says nothing is asked; if it does not answer either, it is gone. Timers of hidden tabs may be late. */
  #look(socket) {
    const time = now();
    if (this.#heard > this.#asked) this.#asked = 0;
    if (this.#asked && time - this.#asked >= this.#hello.heartbeat) this.#gone(socket, 4408, 'the server is silent');
    else if (!this.#asked && time - this.#heard >= this.#hello.heartbeat) {
      this.#asked = time;
      this.#send('{"t":"ping"}');
    }
  }

  #disconnect(code) {
    const socket = this.#socket;
    this.#socket = null;
    clearTimeout(this.#timer);
    clearInterval(this.#heartbeat);
    if (!socket) return;
    socket.onmessage = null;
    socket.onclose = () => this.#state === 'closed' && this.#finished.resolve();
    if (socket.readyState < 2) socket.close(code);
    else if (this.#state === 'closed' && socket.readyState === 3) this.#finished.resolve();
  }

  #gone(socket, code, reason) {
    if (socket !== this.#socket) return;
    if (this.#hello && now() - this.#hello.at >= STABLE_MILLIS) this.#attempt = 0;
    this.#hello = null;
    this.#disconnect(code >= 4000 ? code : 1000);
    const because = reason || CLOSE_WORDS[code] || `the connection was closed with ${code}`;
    for (const subscription of this.#subscriptions.values()) subscription._lost();
    this.#publisher.disconnected(because);
    if (FOR_GOOD.has(code) || ++this.#attempt >= this.#options.maxAttempts) {
      this.#end(new Problem({ code: 'CONNECTION_LOST', detail: because, closeCode: code }), code);
      return;
    }
    const longest = Math.min(this.#options.maxDelay, this.#options.minDelay * 2 ** (this.#attempt - 1));
    const delay = Math.round(longest * (0.5 + Math.random() / 2));
    this.#timer = setTimeout(() => this.#connect(), delay);
    this.#changed('waiting', { attempt: this.#attempt, delay, code, reason: because });
  }

  #end(problem, code) {
    if (this.#state === 'closed') return;
    this.#changed('closed', { code, problem, reason: problem.message });
    globalThis.removeEventListener?.('online', this.#online);
    for (const subscription of this.#subscriptions.values()) subscription._end('closed', code === null ? null : problem);
    this.#subscriptions.clear();
    this.#publisher.closed(problem);
    this.#opened.reject(problem);
    if (this.#socket) this.#disconnect(1000);
    else this.#finished.resolve();
    clearTimeout(this.#timer);
  }
}

/**
 * Records of one topic, or of a group's share of it, as an async iterator. Iterating is demand: the server is granted so many records that at most
 * `credit` of them are on their way or wait here, and reads its log no further while your loop is busy.
 *
 * Events: `gap`, with `detail` `{ requested, resumedAt, missed, reason }`, between the records before and those behind a
 * hole (`missed`, how many were deleted, is a text, null where nobody can know); `lag`, with `{ records, seconds }`, how many records lie in front of
 * what was delivered, and how old the last one is; `assigned`, with `{ partitions }`, what a group has given to this
 * member; `end`, with `{ reason, problem }`.
 */
export class Subscription extends EventTarget {
  #target;
  #options;
  #wire;
  #channel = 0;
  #isOpen = false;
  #hasDemand = false;
  #isPaused = false;
  #buffer = [];
  #head = 0;
  #bufferBytes = 0;
  #received = 0;
  #receivedBytes = 0;
  #granted = 0;
  #grantedBytes = 0;
  #resumeAt = null;
  #cursor = null;
  #waiting = null;
  #ended = null;
  #timer = 0;
  #lag = null;
  /** Of groups: the record that the loop works on, where records came from, and acknowledgements without an answer. */
  #current = null;
  #channels = new WeakMap();
  #acks = new Map();
  #nextAck = 1;

  constructor(target, options, wire) {
    super();
    this.#target = target;
    this.#options = { credit: 256, bytes: 1 << 20, ...options };
    this.#wire = wire;
    this.#cursor = this.#resumeAt = options.cursor ?? null;
    if (!(this.#options.credit >= 1)) throw new TypeError(`credit is at least 1, not ${options.credit}`);
    if (!(this.#options.bytes >= 1)) throw new TypeError(`bytes is at least 1, not ${options.bytes}`);
  }

  /** The position behind the last record that your loop has got; keep it, and go on from it another day. Null at first. */
  get cursor() {
    return this.#cursor;
  }

  /** Records that are here and wait for your loop; never more than `credit`. */
  get buffered() {
    return this.#buffer.length - this.#head;
  }

  /** The last that was told of how far behind it is: `{ records, seconds }`, or null. */
  get lag() {
    return this.#lag;
  }

  get paused() {
    return this.#isPaused;
  }

  /** Takes back what was granted: the server delivers nothing more and reads nothing more. The loop waits. */
  pause() {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#grant();
  }

  /** Goes on. */
  resume() {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#grant();
    this.#hand();
  }

  /** Ends the subscription and its loop. */
  close() {
    if (this.#isOpen) this.#wire.send({ t: 'unsub', ch: this.#channel });
    this._end('unsubscribed', null);
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  /** One call at a time, as `for await` does it. @returns {Promise<IteratorResult<DeliveredRecord>>} */
  next() {
    if (this.#waiting) return Promise.reject(new TypeError('next() is called again before the last call has its record'));
    this.#waiting = deferred();
    const { promise } = this.#waiting;
    this.#hasDemand = true;
    if (this.#current && this.#options.ack !== 'manual') this.#settle(this.#current);
    this.#current = null;
    this.#hand();
    this.#grant();
    return promise;
  }

  /** Called when a loop is left. */
  return(value) {
    this.close();
    return Promise.resolve({ done: true, value });
  }

  /**
   * Says that a record of a group is done. Records may be done in any order; the group commits what has nothing undone
   * before it.
   *
   * @param {DeliveredRecord} record
   * @returns {Promise<boolean>} false when it was done already, or has gone to another member with its partition
   */
  ack(record) {
    const rid = `a${this.#nextAck++}`;
    if (!this.#settle(record, rid)) return Promise.resolve(false);
    const { promise, resolve } = deferred();
    this.#acks.set(rid, resolve);
    return promise;
  }

  #settle(record, rid) {
    const isHere = this.#isOpen && this.#channels.get(record) === this.#channel;
    return isHere && this.#wire.send({ t: 'ack', ch: this.#channel, n: record.n, rid });
  }

  #hand() {
    while (this.#waiting && this.buffered > 0 && (!this.#isPaused || this.#ended)) {
      const { record, gap } = this.#shift();
      if (gap) {
        this.#dispatch('gap', gap);
        continue;
      }
      this.#cursor = record.cursor ?? this.#cursor;
      if (this.#target.group !== undefined) this.#current = record;
      this.#waiting.resolve({ done: false, value: record });
      this.#waiting = null;
    }
    if (!this.#waiting || !this.#ended || this.buffered > 0) return;
    const { problem } = this.#ended;
    this.#ended.problem = null; // told once
    if (problem) this.#waiting.reject(problem);
    else this.#waiting.resolve({ done: true, value: undefined });
    this.#waiting = null;
  }

  #shift() {
    const entry = this.#buffer[this.#head];
    this.#buffer[this.#head++] = undefined;
    this.#bufferBytes -= entry.bytes;
    if (this.#head === this.#buffer.length) {
      this.#buffer = [];
      this.#head = 0;
    }
    return entry;
  }

  /** Credit is absolute and cumulative, so that it does not matter how many grants there were. */
  #grant() {
    if (!this.#isOpen || !this.#hasDemand) return;
    const { credit, bytes } = this.#options;
    if (this.#isPaused) {
      if (this.#granted > this.#received) this.#tell(this.#received, this.#grantedBytes);
      return;
    }
    const until = this.#received + credit - this.buffered;
    const untilBytes = this.#receivedBytes + Math.max(0, bytes - this.#bufferBytes);
    const isDue =
      until - this.#granted >= Math.ceil(credit / 4) ||
      untilBytes - this.#grantedBytes >= Math.ceil(bytes / 4) ||
      (this.#granted <= this.#received && until > this.#granted) ||
      (this.#grantedBytes <= this.#receivedBytes && untilBytes > this.#grantedBytes);
    if (isDue) this.#tell(until, untilBytes);
  }

  #tell(until, bytes) {
    this.#granted = until;
    this.#grantedBytes = bytes;
    this.#wire.send({ t: 'credit', ch: this.#channel, until: String(until), bytes: String(bytes) });
  }

  _open(channel) {
    this.#channel = channel;
    this.#isOpen = true;
    this.#received = this.#receivedBytes = this.#granted = this.#grantedBytes = 0;
    const { from, partition, onGap, lag } = this.#options;
    const where = this.#resumeAt === null ? { from } : { cursor: this.#resumeAt };
    this.#wire.send({ t: 'sub', ch: channel, ...this.#target, ...where, partition, onGap, lag });
    this.#grant();
  }

  /** What waits here goes on later, but for records of a group: these are delivered again, perhaps to others. */
  _lost() {
    this.#isOpen = false;
    clearTimeout(this.#timer);
    for (const resolve of this.#acks.values()) resolve(false);
    this.#acks.clear();
    if (this.#target.group !== undefined) this.#keep(() => false);
  }

  #keep(condition) {
    this.#buffer = this.#buffer.slice(this.#head).filter(({ record }) => record && condition(record));
    this.#head = 0;
    this.#bufferBytes = this.#buffer.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  _received(frame, text) {
    if (this.#ended || frame.ch !== this.#channel) return;
    switch (frame.t) {
      case 'rec': {
        const { t, ch, ...record } = frame;
        this.#take([record], utf8Length(text));
        break;
      }
      case 'recs':
        this.#take(frame.items, utf8Length(text));
        break;
      case 'position':
        this.#resumeAt = frame.cursor;
        this.#cursor ??= frame.cursor;
        break;
      case 'gap':
        this.#resumeAt = frame.resumedAt;
        this.#buffer.push({ gap: frame, bytes: 0 });
        this.#hand();
        break;
      case 'lag':
        this.#lag = { records: Number(frame.records), seconds: frame.seconds };
        this.#dispatch('lag', this.#lag);
        break;
      case 'assigned':
        this.#keep(({ partition }) => frame.partitions.includes(partition));
        this.#dispatch('assigned', frame);
        this.#grant();
        break;
      case 'settled':
        this.#acks.get(frame.rid)?.(frame.records > 0);
        this.#acks.delete(frame.rid);
        break;
      case 'error':
        this.#failed(new Problem(frame.problem));
        break;
      case 'end':
        this._end(frame.reason, null);
        break;
    }
  }

  #take(records, bytes) {
    const each = Math.ceil(bytes / records.length);
    for (const record of records) {
      this.#received = Number(record.n);
      this.#channels.set(record, this.#channel);
      this.#bufferBytes += each;
      this.#buffer.push({ record, bytes: each });
    }
    this.#receivedBytes += bytes;
    this.#resumeAt = records[records.length - 1].cursor ?? this.#resumeAt;
    this.#hand();
    if (!this.#isPaused) this.#grant();
  }

  /** What may succeed later is tried again, from where it stood. */
  #failed(problem) {
    this.#isOpen = false;
    this.#wire.forget(this.#channel);
    if (!problem.retryable) {
      this._end('failed', problem);
      return;
    }
    const delay = (problem.retryAfterMs ?? 500) * (1 + Math.random());
    this.#timer = setTimeout(() => this.#ended || this.#wire.open(this), delay);
  }

  _end(reason, problem) {
    if (this.#ended) return;
    this.#isOpen = false;
    clearTimeout(this.#timer);
    this.#wire.forget(this.#channel);
    if (reason === 'unsubscribed' || reason === 'closed') this.#keep(() => false);
    for (const resolve of this.#acks.values()) resolve(false);
    this.#acks.clear();
    this.#ended = { reason, problem };
    this.#dispatch('end', { reason, problem });
    this.#hand();
  }

  #dispatch(type, { t, ch, ...detail }) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** What is published: records that wait for credit, and records that wait for their receipt. Both are limited. */
class Publisher {
  #options;
  #socket = null;
  #maxFrame = Infinity;
  #sent = 0;
  #until = 0;
  #isDraining = false;
  #nextRid = 1;
  #name = randomName();
  #waiting = [];
  #inFlight = new Map();
  #writable = null;
  #timer = 0;
  #problem = null;

  constructor(options) {
    this.#options = options;
  }

  async publish(topic, record) {
    if (this.#problem) throw this.#problem;
    if (this.#waiting.length >= this.#options.maxWaiting) {
      const detail = `${this.#waiting.length} publishes wait for credit already; await writable() before each`;
      throw new Problem({ code: 'QUEUE_FULL', detail, retryable: true });
    }
    const rid = String(this.#nextRid++);
    const idempotencyKey = record.idempotencyKey ?? (this.#options.idempotent ? `${this.#name}-${rid}` : undefined);
    const text = JSON.stringify({ t: 'pub', rid, topic, ...outgoing(record), idempotencyKey });
    const publish = { ...deferred(), rid, text, isIdempotent: idempotencyKey !== undefined, wasLost: false };
    this.#waiting.push(publish);
    this.#flush();
    return publish.promise;
  }

  async writable() {
    if (this.#problem) throw this.#problem;
    if (this.#hasRoom()) return undefined;
    this.#writable ??= deferred();
    return this.#writable.promise;
  }

  connected(socket, maxFrame) {
    this.#socket = socket;
    this.#maxFrame = maxFrame;
    this.#sent = this.#until = 0;
    this.#isDraining = false;
  }

  received(frame) {
    if (frame.t === 'pubCredit') this.#until = Number(frame.until);
    else if (frame.t === 'drain') this.#isDraining = true;
    else this.#settle(frame);
    this.#flush();
  }

  #settle({ t, rid, problem, ...receipt }) {
    const publish = this.#inFlight.get(rid);
    if (!publish) return;
    this.#inFlight.delete(rid);
    if (t === 'receipt') publish.resolve(receipt);
    else if (publish.wasLost && problem.code === 'IDEMPOTENCY_IN_PROGRESS') this.#again(publish, problem.retryAfterMs);
    else publish.reject(new Problem(problem));
  }

  /** The first of two that were sent is still being stored; it is asked for once more. */
  #again(publish, delay = 500) {
    this.#inFlight.set(publish.rid, publish);
    setTimeout(() => {
      if (!this.#inFlight.delete(publish.rid)) return;
      this.#waiting.unshift(publish);
      this.#flush();
    }, delay);
  }

  #hasRoom() {
    return this.#waiting.length === 0 && this.#mayGoOn();
  }

  #mayGoOn() {
    const isOpen = this.#socket?.readyState === 1 && !this.#isDraining && this.#sent < this.#until;
    if (!isOpen || this.#socket.bufferedAmount < MOST_BUFFERED_BYTES) return isOpen;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#flush(), LOOK_AT_BUFFER_MILLIS);
    return false;
  }

  #flush() {
    while (this.#waiting.length > 0 && this.#mayGoOn()) {
      const publish = this.#waiting.shift();
      if (utf8Length(publish.text) > this.#maxFrame) {
        const detail = `a record has at most ${this.#maxFrame} bytes with all its members, this one has more`;
        publish.reject(new Problem({ code: 'RECORD_TOO_LARGE', status: 413, detail }));
        continue;
      }
      this.#inFlight.set(publish.rid, publish);
      this.#sent++;
      this.#socket.send(publish.text);
    }
    if (!this.#writable || !this.#hasRoom()) return;
    this.#writable.resolve();
    this.#writable = null;
  }

  disconnected(because) {
    this.#socket = null;
    const lost = [...this.#inFlight.values()];
    this.#inFlight.clear();
    for (const publish of lost) publish.wasLost = true;
    this.#waiting.unshift(...lost.filter((publish) => publish.isIdempotent));
    const problem = new Problem({ code: 'CONNECTION_LOST', detail: because, retryable: true, outcome: 'unknown' });
    for (const publish of lost) if (!publish.isIdempotent) publish.reject(problem);
  }

  closed(problem) {
    this.#socket = null;
    this.#problem = problem;
    clearTimeout(this.#timer);
    const unknown = new Problem({ code: problem.code, detail: problem.message, outcome: 'unknown' });
    for (const publish of this.#inFlight.values()) publish.reject(unknown);
    for (const publish of this.#waiting) publish.reject(publish.wasLost ? unknown : problem);
    this.#inFlight.clear();
    this.#waiting = [];
    this.#writable?.promise.catch(() => {});
    this.#writable?.reject(problem);
    this.#writable = null;
  }
}

function closedProblem() {
  return new Problem({ code: 'CLOSED', detail: 'this client is closed' });
}

function socketUrl(given) {
  const url = given === undefined ? new URL('/', import.meta.url) : new URL(given, globalThis.location?.href);
  if (!/^(http|ws)s?:$/.test(url.protocol)) throw new TypeError(`${url} is no address of a gateway; it begins with http or ws`);
  url.protocol = url.protocol.replace('http', 'ws');
  if (url.pathname === '/') url.pathname = '/v1/ws';
  url.hash = '';
  return url.href;
}

function outgoing({ value, ...others }) {
  if (value instanceof ArrayBuffer) return { ...others, valueBase64: base64(new Uint8Array(value)) };
  if (value instanceof Uint8Array) return { ...others, valueBase64: base64(value) };
  return value === undefined ? others : { ...others, value };
}

function base64(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

/** The bytes of a text on the wire, counted without making them. */
function utf8Length(text) {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x800 && (unit & 0xf800) !== 0xd800) bytes += 2;
    else if (unit >= 0x80) bytes += 1; // each half of a pair stands for two of four bytes
  }
  return bytes;
}

function deferred() {
  let settle;
  const promise = new Promise((resolve, reject) => (settle = { resolve, reject }));
  return { promise, ...settle };
}

function randomName() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return base64(bytes).replaceAll('+', '-').replaceAll('/', '_');
}

function now() {
  return performance.now();
}
