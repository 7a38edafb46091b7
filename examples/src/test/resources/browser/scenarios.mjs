// What the JavaScript client promises, as programs that run in Node and in a browser alike. Each gets { connect, Problem },
// the address of a server, and `control`, an address at which the test kills and starts that server, or plays a server
// that does not behave.

let topics = 0;

export const scenarios = {
  async aLoopGetsEveryRecordOnceAndInOrder({ millrace, base }) {
    const topic = await filled(base, 3_000, 3);
    const next = [0, 0, 0];
    await take(millrace.subscribe(topic, { from: 'earliest' }), 3_000, (record) => {
      equal(Number(record.offset), next[record.partition]++, `offset in partition ${record.partition}`);
    });
    equal(next[0] + next[1] + next[2], 3_000, 'records');
  },

  async aLoopThatIsBusyStopsTheReaderOfTheServer({ millrace, base }) {
    const topic = await filled(base, 5_000);
    const before = await delivered(base);
    const orders = millrace.subscribe(topic, { credit: 40 });
    await take(orders, 3);
    await settled(() => delivered(base));
    const sent = (await delivered(base)) - before;
    check(sent >= 40 && sent <= 43, `${sent} records were sent to a loop that took 3, with a credit of 40`);
    check(orders.buffered <= 40, `${orders.buffered} records wait here`);
    await take(orders, 4_997);
    equal((await delivered(base)) - before, 5_000, 'records in the end');
  },

  async bytesAreBoundedToo({ millrace, base }) {
    const topic = await filled(base, 200, 1, 'ä€😀'.repeat(500));
    const before = await delivered(base);
    const orders = millrace.subscribe(topic, { credit: 200, bytes: 50_000 });
    await take(orders, 1);
    await settled(() => delivered(base));
    const sent = (await delivered(base)) - before;
    check(sent < 30, `${sent} records of more than 4 kB were sent with a credit of 50 kB`);
    const rest = await take(orders, 199);
    equal(rest[198].value.text, 'ä€😀'.repeat(500), 'text');
  },

  async nothingComesWithoutIterating({ millrace, base }) {
    const topic = await filled(base, 10);
    const before = await delivered(base);
    const orders = millrace.subscribe(topic);
    await take(millrace.subscribe(topic), 10);
    equal(orders.buffered, 0, 'buffered');
    equal((await delivered(base)) - before, 10, 'records');
  },

  async pauseStopsTheReaderAndResumeGoesOnWhereItStood({ millrace, base }) {
    const topic = await filled(base, 2_000);
    const orders = millrace.subscribe(topic, { credit: 100 });
    await take(orders, 150);
    orders.pause();
    const first = orders.next();
    let isHanded = false;
    first.then(() => (isHanded = true));
    await settled(() => delivered(base));
    const before = await delivered(base);
    await fill(base, topic, 500);
    await sleep(300);
    equal(await delivered(base), before, 'delivered while paused');
    check(!isHanded, 'a paused loop got a record');
    orders.resume();
    equal((await first).value.offset, '150', 'first offset');
    const rest = await take(orders, 2_349);
    rest.forEach((record, n) => equal(record.offset, String(151 + n), 'offset'));
  },

  async aCursorLeadsOnAnotherDay({ millrace, base }) {
    const topic = await filled(base, 100, 2);
    const first = millrace.subscribe(topic);
    const seen = new Set();
    const see = (record) => {
      const place = `${record.partition}/${record.offset}`;
      check(!seen.has(place), `${place} came twice`);
      seen.add(place);
    };
    await take(first, 37, see);
    const { cursor } = first;
    first.close();
    await take(millrace.subscribe(topic, { cursor }), 63, see);
    equal(seen.size, 100, 'records');
  },

  async leavingALoopEndsTheSubscription({ millrace, base }) {
    const topic = await filled(base, 1_000);
    const orders = millrace.subscribe(topic, { credit: 10 });
    let reason;
    orders.addEventListener('end', (event) => (reason = event.detail.reason));
    for await (const order of orders) if (order.offset === '5') break;
    equal(reason, 'unsubscribed', 'reason');
    equal((await orders.next()).done, true, 'done');
    const before = await settled(() => delivered(base));
    await fill(base, topic, 10);
    await sleep(200);
    equal(await delivered(base), before, 'delivered after the end');
  },

  async whatIsPublishedComesBackAsItWas({ millrace, base }) {
    const topic = await filled(base, 0);
    const values = [
      [{ value: { a: [1, 'ü', null] }, key: 'k', headers: { h: 'x' } }, (r) => [r.value.a[1], r.key, r.headers.h].join(), 'ü,k,x'],
      [{ valueText: 'plain', contentType: 'text/plain; charset=utf-8' }, (r) => r.valueText, 'plain'],
      [{ value: new Uint8Array([0, 255, 7]) }, (r) => r.valueBase64, 'AP8H'],
      [{ value: null, key: 'gone' }, (r) => r.value, null],
      [{ value: false }, (r) => r.value, false],
    ];
    for (const [n, [record]] of values.entries()) {
      const receipt = await millrace.publish(topic, record);
      equal(receipt.offset, String(n), 'offset');
      equal(receipt.duplicate, false, 'duplicate');
      equal(receipt.durable, 'fsync', 'durable');
    }
    const records = await take(millrace.subscribe(topic), values.length);
    values.forEach(([, read, expected], n) => equal(read(records[n]), expected, `value ${n}`));
  },

  async aPublisherWaitsForItsCredit({ millrace, base }) {
    const topic = await filled(base, 0);
    let underWay = 0;
    let most = 0;
    const receipts = [];
    for (let n = 0; n < 3_000; n++) {
      await millrace.writable();
      most = Math.max(most, ++underWay);
      receipts.push(millrace.publish(topic, { value: n }).finally(() => underWay--));
    }
    const offsets = (await Promise.all(receipts)).map((receipt) => Number(receipt.offset));
    offsets.forEach((offset, n) => equal(offset, n, 'offset'));
    check(most <= 512 && most > 1, `${most} were under way at once`);
  },

  async aFloodOfPublishesIsRefusedInsteadOfQueued({ millrace, base, Problem }) {
    const topic = await filled(base, 0);
    const all = await Promise.allSettled(Array.from({ length: 2_000 }, (_, n) => millrace.publish(topic, { value: n })));
    const refused = all.filter((one) => one.status === 'rejected');
    check(refused.length >= 1_000 && refused.length < 2_000, `${refused.length} of 2000 were refused`);
    for (const { reason } of refused) {
      check(reason instanceof Problem && reason.retryable, 'a Problem that may succeed later');
      equal([reason.code, reason.outcome].join(), 'QUEUE_FULL,notStored', 'problem');
    }
    const stored = all.length - refused.length;
    equal((await take(millrace.subscribe(topic), stored)).length, stored, 'stored');
  },

  async refusalsAreProblems({ millrace, base, Problem }) {
    const topic = await filled(base, 1);
    const problem = async (work) => {
      try {
        await work;
      } catch (failure) {
        check(failure instanceof Problem, `${failure} is a Problem`);
        return [failure.code, failure.status, failure.outcome].join();
      }
      return 'nothing';
    };
    equal(await problem(millrace.publish('nowhere', { value: 1 })), 'TOPIC_NOT_FOUND,404,notStored', 'topic');
    equal(await problem(millrace.publish(topic, { value: 1, colour: 2 })), 'INVALID_ARGUMENT,400,notStored', 'member');
    const large = { value: 'x'.repeat(300_000) };
    equal(await problem(millrace.publish(topic, large)), 'RECORD_TOO_LARGE,413,notStored', 'size');
    equal(await problem(millrace.subscribe('nowhere').next()), 'TOPIC_NOT_FOUND,404,notStored', 'subscribe');
    equal(await problem(millrace.subscribe(topic, { from: 'never' }).next()), 'INVALID_ARGUMENT,400,notStored', 'from');
    equal((await millrace.publish(topic, { value: 1 })).offset, '1', 'offset behind all that');
  },

  async recordsThatAreGoneAreToldOf({ millrace, base }) {
    const topic = await filled(base, 100);
    const first = millrace.subscribe(topic);
    await take(first, 10);
    const { cursor } = first;
    first.close();
    await post(`${base}/v1/topics/${topic}:deleteRecords`, { partitions: [{ partition: 0, before: '60' }] });
    const later = millrace.subscribe(topic, { cursor });
    const gaps = [];
    later.addEventListener('gap', (event) => gaps.push(event.detail));
    equal((await take(later, 40))[0].offset, '60', 'first offset behind the gap');
    equal(gaps.map((gap) => [gap.missed, gap.reason].join()).join(), '50,expired', 'gap');
    const strict = millrace.subscribe(topic, { cursor, onGap: 'fail' });
    const refused = await strict.next().catch((problem) => problem);
    equal([refused.code, refused.status, refused.lostRecords].join(), 'CURSOR_EXPIRED,410,50', 'problem');
    equal((await strict.next()).done, true, 'done');
  },

  async lagIsToldWhenAskedFor({ millrace, base }) {
    const topic = await filled(base, 500);
    const orders = millrace.subscribe(topic, { credit: 100, lag: '100ms' });
    await take(orders, 1);
    // The first word on it may be older than the first record.
    await until(() => orders.lag?.records > 0 && orders.lag.records <= 400, 'a lag');
    check(orders.lag.records >= 390, `${orders.lag.records} records behind`);
    check(orders.lag.seconds >= 0, `${orders.lag.seconds} seconds behind`);
    await take(orders, 499);
    await until(() => orders.lag.records === 0, 'no lag');
  },

  async membersOfAGroupShareATopicAndADoneRecordIsNotDeliveredAgain({ connect, millrace, base }) {
    const topic = await filled(base, 400, 4);
    const target = { topic, group: `g-${topic}` };
    const done = new Map();
    const work = async (subscription, most) => {
      for await (const { partition, offset } of subscription) {
        const place = `${partition}/${offset}`;
        done.set(place, (done.get(place) ?? 0) + 1);
        if (--most === 0) break; // this one is not done
      }
    };
    const first = millrace.subscribe(target, { credit: 20 });
    const other = connect(base);
    const second = other.subscribe(target, { credit: 20 });
    const working = [work(first, 60), work(second, Infinity)];
    await until(() => done.size === 400, 'all records');
    check(done.size === 400, `${done.size} of 400`);
    await working[0];
    const repeated = [...done.values()].filter((times) => times > 1).length;
    check(repeated <= 1, `${repeated} records came twice, and one loop was left in the middle of one`);
    await other.close();
    await working[1];
  },

  async recordsOfAGroupAreDoneWhenYouSaySo({ connect, base }) {
    const topic = await filled(base, 10);
    const target = { topic, group: `g-${topic}` };
    const before = connect(base);
    const manual = before.subscribe(target, { ack: 'manual', credit: 10 });
    const records = await take(manual, 10);
    for (const n of [2, 0, 1, 5]) equal(await manual.ack(records[n]), true, `ack of ${n}`);
    equal(await manual.ack(records[1]), false, 'a second ack');
    await before.close();
    equal(await manual.ack(records[3]), false, 'an ack that comes too late');
    const after = connect(base);
    equal((await after.subscribe(target).next()).value.offset, '3', 'first record that was not done');
    await after.close();
  },

  async afterAKillEverythingGoesOnWithoutGapOrDuplicate({ millrace, base, control }) {
    const topic = await filled(base, 0, 2);
    const count = 4_000;
    const states = [];
    millrace.addEventListener('state', (event) => states.push(event.detail.state));
    const orders = millrace.subscribe(topic, { credit: 64 });
    const seen = new Map();
    const following = take(orders, count, (record) => {
      check(!seen.has(record.value), `${record.value} came twice`);
      seen.set(record.value, record.partition);
    });
    const receipts = [];
    const killings = [];
    for (let n = 0; n < count; n++) {
      await millrace.writable();
      receipts.push(millrace.publish(topic, { value: n, key: `k${n % 7}` }));
      if (n === 1_000 || n === 2_500) killings.push(fetch(`${control}/restart`, { method: 'POST' }));
    }
    const stored = await Promise.all(receipts);
    await Promise.all(killings);
    await following;
    equal(new Set(stored.map((receipt) => `${receipt.partition}/${receipt.offset}`)).size, count, 'places');
    equal(seen.size, count, 'records');
    await sleep(200);
    equal(orders.buffered, 0, 'records that were not published');
    check(states.includes('waiting') && states.at(-1) === 'open', `it went through ${states}`);
  },

  async withoutIdempotenceALostAnswerIsUnknown({ connect, control }) {
    await fetch(`${control}/play?first=receiptless`, { method: 'POST' });
    const millrace = connect(control, { idempotent: false, minDelay: 10 });
    const sent = millrace.publish('orders', { value: 1 }).catch((problem) => problem);
    await millrace.opened;
    const problem = await sent;
    equal([problem.code, problem.outcome].join(), 'CONNECTION_LOST,unknown', 'problem');
    await millrace.close();
  },

  async aServerThatFallsSilentIsLeft({ connect, control }) {
    await fetch(`${control}/play?first=silent`, { method: 'POST' });
    const millrace = connect(control, { minDelay: 10 });
    const reasons = [];
    millrace.addEventListener('state', (event) => reasons.push(event.detail.code));
    await until(() => reasons.includes(4408), 'to leave');
    await until(() => millrace.state === 'open', 'to be back');
    await sleep(700);
    equal(millrace.state, 'open', 'with a server that answers pings');
    equal(reasons.filter((code) => code).length, 1, 'times it left');
    await millrace.close();
  },

  async whatCannotGetBetterIsNotTriedAgain({ connect, control, Problem }) {
    await fetch(`${control}/play?first=forbidden`, { method: 'POST' });
    const millrace = connect(control, { minDelay: 10 });
    const refused = await millrace.opened.catch((problem) => problem);
    check(refused instanceof Problem, 'a Problem');
    equal([refused.code, refused.closeCode].join(), 'CONNECTION_LOST,4403', 'problem');
    equal(millrace.state, 'closed', 'state');
    equal(await (await fetch(`${control}/connections`)).text(), '1', 'connections');
  },

  async attemptsBecomeRarer({ connect, control }) {
    await fetch(`${control}/play?first=broken&then=broken`, { method: 'POST' });
    const millrace = connect(control, { minDelay: 40, maxDelay: 400, maxAttempts: 6 });
    const delays = [];
    millrace.addEventListener('state', (event) => event.detail.delay && delays.push(event.detail.delay));
    await until(() => millrace.state === 'closed', 'to give up');
    equal(delays.length, 5, 'delays');
    delays.forEach((delay, n) => {
      const longest = Math.min(400, 40 * 2 ** n);
      check(delay >= longest / 2 && delay <= longest, `delay ${n} is ${delay}`);
    });
  },

  async closeEndsLoopsAndFailsWhatIsLeft({ connect, base }) {
    const topic = await filled(base, 5);
    const millrace = connect(base);
    const loop = take(millrace.subscribe(topic), 100);
    await millrace.opened;
    await sleep(100);
    await millrace.close();
    equal((await loop).length, 5, 'records before the end');
    equal((await millrace.publish(topic, { value: 1 }).catch((problem) => problem)).code, 'CLOSED', 'publish');
    equal((await millrace.writable().catch((problem) => problem)).code, 'CLOSED', 'writable');
    equal(millrace.state, 'closed', 'state');
  },
};

/** Runs one of them; fails as it fails. */
export async function run(name, base, control) {
  const source = await (await fetch(`${base}/client/millrace.js`)).text();
  const module = await import(`data:text/javascript;charset=utf-8,${encodeURIComponent(source)}`);
  const millrace = module.connect(base, { minDelay: 50, maxDelay: 500 });
  try {
    await scenarios[name]({ ...module, millrace, base, control });
    return `${name}: passed`;
  } finally {
    await millrace.close();
  }
}

async function take(iterable, count, see = () => {}) {
  const records = [];
  if (count === 0) return records;
  for (;;) {
    const { done, value } = await iterable.next();
    if (done) return records;
    see(value);
    records.push(value);
    if (records.length === count) return records;
  }
}

async function filled(base, records, partitions = 1, text = '') {
  const topic = `t${Date.now()}-${topics++}`;
  const created = await fetch(`${base}/v1/topics/${topic}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ partitions }),
  });
  await created.text(); // or the connection is kept, and Node does not end
  equal(created.status, 201, 'created');
  await fill(base, topic, records, text);
  return topic;
}

async function fill(base, topic, records, text = '') {
  for (let first = 0; first < records; first += 100) {
    const batch = Array.from({ length: Math.min(100, records - first) }, (_, n) => ({
      key: `k${first + n}`,
      value: { n: first + n, text },
    }));
    const url = `${base}/v1/topics/${topic}/records`;
    await post(url, { records: batch }, 'application/vnd.millrace.batch+json');
  }
}

async function post(url, body, type = 'application/json') {
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body: JSON.stringify(body) });
  await answer.text();
  check(answer.ok, `${url} answers ${answer.status}`);
}

/** Records that left the server, of all channels. */
async function delivered(base) {
  const metrics = await (await fetch(`${base}/metrics`)).text();
  return Number(/^millrace_http_records_out_total (\d+)/m.exec(metrics)[1]);
}

/** The value when it has not moved for a while. */
async function settled(read) {
  for (let last = await read(), same = 0; ; ) {
    await sleep(50);
    const value = await read();
    same = value === last ? same + 1 : 0;
    if (same === 5) return value;
    last = value;
  }
}

async function until(condition, what) {
  for (let n = 0; n < 1_000; n++) {
    if (condition()) return;
    await sleep(20);
  }
  throw new Error(`waited in vain for ${what}`);
}

function sleep(millis) {
  return new Promise((resolve) => setTimeout(resolve, millis));
}

function check(condition, what) {
  if (!condition) throw new Error(what);
}

function equal(actual, expected, what) {
  check(Object.is(actual, expected), `${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
}
