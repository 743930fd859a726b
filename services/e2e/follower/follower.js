// A subscriber that knows schemas/asyncapi.yaml and nothing else of Pricewire: streams and their subjects, where to begin, how to go on, what a batch
// is, and what the last event of a line or a rate says. It keeps the current state in memory.
//
//   node follower.js --nats URL --asyncapi FILE [--save FILE]
//
// A line on standard input ends it: {"ends": {"STREAM": sequence}, "at": instant} when it has come to these sequences, and it prints the prices in
// force at the instant and the current rates; {"stop": true} at once, and it saves where it is and what it knows, to go on there another time.
import { readFileSync, writeFileSync, existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { connect } from "@nats-io/transport-node";
import { DeliverPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";

const { values: options } = parseArgs({ options: { nats: { type: "string" }, asyncapi: { type: "string" }, save: { type: "string" } } });
const document = parse(readFileSync(options.asyncapi, "utf8"));

// The message types by channel, and the channels as patterns: the document says what comes under which subject.
const channels = Object.values(document.channels).map((channel) => ({
  pattern: new RegExp("^" + channel.address.split(".").map((token) => (token.startsWith("{") ? "[^.]+" : token)).join("\\.") + "$"),
  types: Object.values(channel.messages).map((m) => document.components.messages[m.$ref.split("/").pop()].name),
}));

// Streams are those of x-streams; those of other currencies are of the same form.
function documented(name) {
  return name in document["x-streams"] || (name.startsWith("RATES_") && "RATES_USD" in document["x-streams"]);
}

const saved = options.save && existsSync(options.save) ? JSON.parse(readFileSync(options.save, "utf8")) : { streams: {}, state: {} };
const streams = saved.streams; // name -> {created, sequence}: how far we are in which life of it
const state = new Map(Object.entries(saved.state)); // subject -> the last event
const following = new Set();
const counts = { events: 0, batches: 0, unknown: 0 };

const nc = await connect({ ...access(options.nats), maxReconnectAttempts: -1, reconnectTimeWait: 100 });
const js = jetstream(nc);
const manager = await jetstreamManager(nc);

function access(url) {
  const at = new URL(url);
  const given = { servers: at.host };
  if (at.username) Object.assign(given, { user: decodeURIComponent(at.username), pass: decodeURIComponent(at.password) });
  return given;
}

function act(events) {
  for (const event of events) {
    const channel = channels.find((c) => c.pattern.test(event.subject));
    if (!channel?.types.includes(event.type)) counts.unknown++;
    state.set(event.subject, event);
  }
  counts.events += events.length;
}

// follow takes the last event of each subject, up to the number of pending messages that the first delivery reports, and then every batch when its
// last message has come. Who was here before begins behind the last sequence acted on.
async function follow(name, created) {
  const known = streams[name];
  if (known && known.created !== created) throw new Error(`${name} is another stream than it was`);
  const start = known
    ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: known.sequence + 1 }
    : { deliver_policy: DeliverPolicy.LastPerSubject, filter_subjects: [">"] };
  const consumer = await js.consumers.get(name, start);
  let snapshot = known ? 0 : undefined; // messages of it that are still to come
  let held = [];
  for await (const message of await consumer.consume()) {
    const event = JSON.parse(message.string());
    snapshot ??= message.info.pending + 1;
    const alone = !message.headers?.get("Nats-Batch-Id");
    if (snapshot > 0) {
      snapshot--;
      act([event]);
    } else {
      held.push(event);
      if (!alone && !message.headers.get("Nats-Batch-Commit")) continue;
      act(held);
      counts.batches++;
      held = [];
    }
    streams[name] = { created, sequence: message.seq };
  }
}

async function discover() {
  for await (const info of await manager.streams.list()) {
    const name = info.config.name;
    if (!documented(name) || following.has(name)) continue;
    following.add(name);
    follow(name, info.created).catch(fail);
  }
}

function fail(error) {
  console.error(error);
  process.exit(1);
}

// rates are the current row of every rate, as of the newest crawl of its currency that was not refused.
function rates() {
  const observed = {};
  for (const event of state.values()) {
    const crawl = event.data;
    if (event.type !== "pricewire.crawl.finished.v1" || crawl.refused) continue;
    if (!observed[crawl.currency] || later(crawl.started, observed[crawl.currency])) observed[crawl.currency] = crawl.started;
  }
  const current = {};
  for (const event of state.values()) {
    if (event.type !== "pricewire.rate.changed.v1" || !event.data.after) continue;
    const { identity: i, after } = event.data;
    const at = observed[i.currency];
    if (!at || later(after.effective_from, at) || (after.effective_to && !later(after.effective_to, at))) continue;
    const key = [i.price_list, i.currency, i.meter_id, i.sku_id, i.type, i.reservation_term, i.tier].join("|");
    current[key] = [after.price, after.effective_from, after.attributes.meter_name];
  }
  return current;
}

// prices are the licence prices in force at an instant, as the timeline of each line's last event says.
function prices(at) {
  const inForce = {};
  for (const event of state.values()) {
    if (event.type !== "pricewire.price.changed.v1") continue;
    const i = event.data.identity;
    for (const step of event.data.timeline) {
      if (step.erp_price === null || later(step.from, at) || (step.to && !later(step.to, at))) continue;
      inForce[[i.market, i.currency, i.product, i.sku, i.term, i.billing, i.tier].join("|")] = [step.unit_price, step.erp_price];
    }
  }
  return inForce;
}

// later compares instants in RFC 3339 and UTC, whose fractions may have more digits than Date keeps.
function later(a, b) {
  return padded(a) > padded(b);
}

function padded(instant) {
  const [second, fraction = ""] = instant.replace("Z", "").split(".");
  return second + "." + fraction.padEnd(9, "0");
}

function reached(ends) {
  return Object.entries(ends).every(([name, last]) => (streams[name]?.sequence ?? 0) >= last);
}

await discover();
const looking = setInterval(() => discover().catch((error) => console.error("try again:", error.message)), 300);
console.error("following");
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  if (order.stop) {
    writeFileSync(options.save, JSON.stringify({ streams, state: Object.fromEntries(state) }));
    break;
  }
  while (!reached(order.ends)) await new Promise((resolve) => setTimeout(resolve, 50));
  const said = JSON.stringify({ rates: rates(), prices: prices(order.at), counts, streams });
  await new Promise((resolve) => process.stdout.write(said + "\n", resolve)); // all of it, before the process ends
  break;
}
clearInterval(looking);
process.exit(0);
