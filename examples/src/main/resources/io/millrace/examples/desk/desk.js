import { EventFeed, SocketFeed } from './feeds.js';

const DRAW_MILLIS = 100;
const ORDERS_REMEMBERED = 1_000;
const WORDS = { billing: 'billed', stock: 'picked', mail: 'mailed' };
const GOODS = ['Enamel kettle', 'Linen apron', 'Bread knife', 'Oak board', 'Milk pan', 'Egg timer'];

const numbers = new Intl.NumberFormat('en');
const money = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' });

const desk = await (await fetch('desk.json')).json();
const { connect } = await import(`${desk.gateway}/client/millrace.js`);
const millrace = connect();
const feeds = { socket: new SocketFeed(millrace, desk.orders), events: new EventFeed(desk.gateway, desk.orders) };
// For those who look over our shoulder: tests, and the console of the browser.
globalThis.desk = { millrace, feeds };

/** Which services are done with an order, for the latest orders. */
const done = new Map();
const services = new Map(desk.services.map((name) => [name, { name, orders: 0, card: serviceCard(name) }]));
let progressVersion = 0;

async function followServices() {
  for await (const { value } of millrace.subscribe(desk.progress, { from: 'last:60' })) {
    const service = services.get(value.service);
    if (!service) continue;
    service.orders++;
    const names = done.get(value.order) ?? new Set();
    done.set(value.order, names.add(value.service));
    if (done.size > ORDERS_REMEMBERED) done.delete(done.keys().next().value);
    progressVersion++;
  }
}

function serviceCard(name) {
  const card = document.createElement('article');
  card.className = `service ${name}`;
  const title = document.createElement('h2');
  title.textContent = name;
  const count = document.createElement('p');
  card.append(title, count);
  document.querySelector('.services').append(card);
  return count;
}

function show(root, name, text) {
  const element = root.querySelector(`[data-show="${name}"]`);
  if (element.textContent !== text) element.textContent = text;
}

function drawFeed(id, feed) {
  const root = document.getElementById(id);
  const { ledger, behind } = feed;
  const state = feed.paused ? 'paused' : feed.state;
  root.dataset.state = state === 'live' || state === 'paused' ? state : 'away';
  show(root, 'state', state);
  show(root, 'records', numbers.format(ledger.records));
  const rate = Math.round(ledger.rate(performance.now()));
  show(root, 'rate', numbers.format(rate));
  root.classList.toggle('fast', rate > 10);
  show(root, 'missing', numbers.format(ledger.missing));
  show(root, 'twice', numbers.format(ledger.twice));
  show(root, 'waiting', numbers.format(feed.waiting));
  show(root, 'note', feed.note);
  show(root, 'behind', told(behind, ledger));
  // A hundred thousand orders fill the race.
  const level = behind ? Math.min(1, Math.log10(1 + behind.records) / 5) : 0;
  root.querySelector('.sluice').style.setProperty('--level', level.toFixed(3));
  drawTickets(root.querySelector('.tickets'), feed);
}

function told(behind, { deleted }) {
  const gone = deleted ? ` ${numbers.format(deleted)} were deleted before they were read.` : '';
  if (!behind) return `How far it is behind, events do not say.${gone}`;
  if (behind.records === 0) return `Nothing is held back.${gone}`;
  const age = behind.seconds >= 1 ? `, the last one shown is ${Math.round(behind.seconds)} s old` : '';
  return `${numbers.format(behind.records)} ${behind.records === 1 ? 'order is' : 'orders are'} held back${age}.${gone}`;
}

/** Tickets that are there stay where they are, so that only new ones move. */
function drawTickets(list, feed) {
  const version = `${feed.version}/${progressVersion}`;
  if (list.dataset.version === version) return;
  list.dataset.version = version;
  const latest = new Map(feed.latest.map((order) => [`${order.partition}/${order.offset}`, order]));
  const known = new Set();
  for (const ticket of [...list.children]) {
    if (latest.has(ticket.dataset.order)) known.add(ticket.dataset.order);
    else ticket.remove();
  }
  for (const [name, order] of latest) if (!known.has(name)) list.prepend(newTicket(name, order));
  for (const ticket of list.children) drawDone(ticket);
}

function newTicket(name, { value }) {
  const ticket = document.getElementById('ticket').content.firstElementChild.cloneNode(true);
  ticket.dataset.order = name;
  show(ticket, 'item', `${value.pieces} × ${value.item}`);
  show(ticket, 'price', money.format(value.cents / 100));
  show(ticket, 'customer', `for ${value.customer}`);
  show(ticket, 'number', name);
  for (const service of desk.services) {
    const mark = document.createElement('li');
    mark.className = service;
    mark.textContent = WORDS[service] ?? service;
    mark.hidden = true;
    ticket.querySelector('.done').append(mark);
  }
  return ticket;
}

function drawDone(ticket) {
  const names = done.get(ticket.dataset.order);
  if (names) for (const mark of ticket.querySelector('.done').children) mark.hidden = !names.has(mark.className);
}

function draw() {
  for (const [id, feed] of Object.entries(feeds)) drawFeed(id, feed);
  for (const { orders, card } of services.values()) {
    const text = `${numbers.format(orders)} orders`;
    if (card.textContent !== text) card.textContent = text;
  }
}

async function place() {
  const pieces = 1 + Math.floor(Math.random() * 4);
  const order = {
    customer: 'you',
    item: GOODS[Math.floor(Math.random() * GOODS.length)],
    pieces,
    cents: pieces * (490 + 100 * Math.floor(Math.random() * 20)),
  };
  const status = document.getElementById('placed');
  try {
    const answer = await fetch(`${desk.gateway}/v1/topics/${desk.orders}/records`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'record-key': order.customer },
      body: JSON.stringify(order),
    });
    const receipt = await answer.json();
    status.textContent = answer.ok
      ? `Your order is number ${receipt.partition}/${receipt.offset}, and it is on disk.`
      : `Your order is not stored: ${receipt.detail}`;
  } catch {
    status.textContent = 'The desk does not answer. Whether your order is stored is not known.';
  }
}

function customers(choice) {
  return fetch('customers', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ perSecond: Number(choice) }),
  }).catch(() => {});
}

for (const [id, feed] of Object.entries(feeds)) {
  const button = document.querySelector(`#${id} .pause`);
  button.addEventListener('click', () => {
    feed.toggle();
    button.setAttribute('aria-pressed', feed.paused);
    button.textContent = feed.paused ? 'Go on' : 'Pause';
    draw();
  });
}
for (const radio of document.querySelectorAll('[name="customers"]')) {
  radio.checked = Number(radio.value) === desk.perSecond;
  radio.addEventListener('change', () => customers(radio.value));
}
document.getElementById('place').addEventListener('click', place);
document.getElementById('api').href = `${desk.gateway}/openapi.json`;

followServices();
draw();
setInterval(draw, DRAW_MILLIS);
