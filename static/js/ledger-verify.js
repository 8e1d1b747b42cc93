/* "Vérifier": recomputes, in the reader's browser, that a leaf stands in the signed ledger.

   Reads only the published paths (checkpoint, vkey, tiles, entries) and trusts nothing that the page
   says: the leaf's hash is led up to a root through hashes taken from the tiles, the root is compared
   with the checkpoint's, and the checkpoint's signature checked. Formats: C2SP signed-note,
   tlog-checkpoint, tlog-tiles; tree of RFC 9162. Sizes are below 2^53, so Numbers and not bits. */

const WIDTH = 256;
const ED25519 = 1;
const COSIGNATURE = 4;

/** The register's data are absent, or not written as they should be. */
class Unreadable extends Error {}

async function get(path, cache = "default") {
  let answer;
  try {
    answer = await fetch(path, { cache, credentials: "omit" });
  } catch {
    throw new Unreadable(path);
  }
  return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : null;
}

function join(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let place = 0;
  for (const part of parts) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}

const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const leafHash = (leaf) => sha256(join(Uint8Array.of(0), leaf));
const nodeHash = (left, right) => sha256(join(Uint8Array.of(1), left, right));
const same = (a, b) => a.length === b.length && a.every((byte, place) => byte === b[place]);

function decode64(text) {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    throw new Unreadable("base64");
  }
}

function readCheckpoint(bytes) {
  const note = new TextDecoder().decode(bytes);
  const cut = note.lastIndexOf("\n\n");
  const text = note.slice(0, cut + 1);
  const [origin, size, root] = text.split("\n");
  if (cut < 0 || !/^(0|[1-9]\d{0,14})$/.test(size)) throw new Unreadable("checkpoint");
  const signatures = [...note.slice(cut + 2).matchAll(/^\u2014 (\S+) (\S+)$/gm)].map(
    ([, name, blob]) => ({ name, blob: decode64(blob) }),
  );
  return { origin, size: Number(size), root: decode64(root), text, signatures };
}

/** True or false; null where this browser has no Ed25519. */
async function signatureHolds(checkpoint, vkey) {
  const [name, , ...rest] = vkey.trim().split("+");
  const content = decode64(rest.join("+"));
  if (content.length !== 33 || content[0] !== ED25519) return false;
  const named = await sha256(join(new TextEncoder().encode(`${name}\n`), content));
  let key;
  try {
    key = await crypto.subtle.importKey("raw", content.slice(1), "Ed25519", false, ["verify"]);
  } catch {
    return null;
  }
  const message = new TextEncoder().encode(checkpoint.text);
  for (const { name: signer, blob } of checkpoint.signatures) {
    if (signer !== name || signer !== checkpoint.origin) continue;
    if (!same(blob.slice(0, 4), named.slice(0, 4))) continue;
    if (await crypto.subtle.verify("Ed25519", key, blob.slice(4), message)) return true;
  }
  return false;
}

/** Whether each cosignature by a published witness holds (C2SP tlog-cosignature, Ed25519): true or
    false; null where this browser has no Ed25519, undefined where no witness has cosigned yet. */
async function cosignaturesHold(checkpoint, vkeys) {
  let found;
  for (const vkey of vkeys.trim().split("\n").filter(Boolean)) {
    const [name, , ...rest] = vkey.split("+");
    const content = decode64(rest.join("+"));
    if (content.length !== 33 || content[0] !== COSIGNATURE) return false;
    const named = await sha256(join(new TextEncoder().encode(`${name}\n`), content));
    const line = checkpoint.signatures.find(
      ({ name: signer, blob }) => signer === name && same(blob.slice(0, 4), named.slice(0, 4)),
    );
    if (!line) continue;
    if (line.blob.length !== 76) return false;
    let key;
    try {
      key = await crypto.subtle.importKey("raw", content.slice(1), "Ed25519", false, ["verify"]);
    } catch {
      return null;
    }
    const time = new DataView(line.blob.buffer).getBigUint64(4);
    const message = new TextEncoder().encode(`cosignature/v1\ntime ${time}\n${checkpoint.text}`);
    if (!(await crypto.subtle.verify("Ed25519", key, line.blob.slice(12), message))) return false;
    found = true;
  }
  return found;
}

function tilePath(level, number, width) {
  const groups = [String(number % 1000).padStart(3, "0")];
  for (let rest = Math.floor(number / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(`x${String(rest % 1000).padStart(3, "0")}`);
  }
  return `tile/${level}/${groups.join("/")}${width < WIDTH ? `.p/${width}` : ""}`;
}

/** Reads tiles of a tree of one size, each once; a partial one that vanished, from its full one. */
function tileReader(ledger, size) {
  const known = new Map();
  const read = async (level, number) => {
    const count = Math.floor(size / (level === "entries" ? 1 : WIDTH ** level));
    const width = Math.min(WIDTH, count - number * WIDTH);
    const content =
      (await get(`${ledger}/${tilePath(level, number, width)}`)) ??
      (await get(`${ledger}/${tilePath(level, number, WIDTH)}`));
    if (!content) throw new Unreadable(`tile ${level}/${number}`);
    return content;
  };
  return (level, number) => {
    const name = `${level}/${number}`;
    if (!known.has(name)) known.set(name, read(level, number));
    return known.get(name);
  };
}

async function leafAt(tile, index) {
  const content = await tile("entries", Math.floor(index / WIDTH));
  let place = 0;
  for (let left = index % WIDTH; place + 2 <= content.length; left -= 1) {
    const end = place + 2 + content[place] * 256 + content[place + 1];
    if (end > content.length) break;
    if (left === 0) return content.slice(place + 2, end);
    place = end;
  }
  throw new Unreadable("entries");
}

/** The root of the complete subtree of 2^height leaves, from one tile. */
async function subtreeHash(tile, height, position) {
  const level = Math.floor(height / 8);
  const count = 2 ** (height % 8);
  const first = position * count;
  const content = await tile(level, Math.floor(first / WIDTH));
  const start = first % WIDTH;
  if ((start + count) * 32 > content.length) throw new Unreadable(`tile ${level}`);
  let hashes = Array.from({ length: count }, (_, i) =>
    content.slice((start + i) * 32, (start + i + 1) * 32),
  );
  while (hashes.length > 1) {
    hashes = await Promise.all(
      Array.from({ length: hashes.length / 2 }, (_, i) => nodeHash(hashes[2 * i], hashes[2 * i + 1])),
    );
  }
  return hashes[0];
}

/** The hash of the leaves [start, end): complete subtrees, joined from the right. */
async function rangeHash(tile, start, end) {
  const parts = [];
  while (start < end) {
    const height = Math.floor(Math.log2(end - start));
    parts.push(await subtreeHash(tile, height, start / 2 ** height));
    start += 2 ** height;
  }
  let result = parts.pop();
  while (parts.length) result = await nodeHash(parts.pop(), result);
  return result;
}

/** The root to which a leaf's hash leads, in the tree of `end - start` leaves. */
async function rootFrom(tile, hashed, index, start, end) {
  if (end - start === 1) return hashed;
  let half = 1;
  while (half * 2 < end - start) half *= 2;
  const middle = start + half;
  if (index < middle) {
    const left = await rootFrom(tile, hashed, index, start, middle);
    return nodeHash(left, await rangeHash(tile, middle, end));
  }
  const left = await rangeHash(tile, start, middle);
  return nodeHash(left, await rootFrom(tile, hashed, index, middle, end));
}

/** The checks, in order: `[name, true | false | null]`. */
async function check(ledger, index, shown) {
  const [note, vkey, vkeys] = await Promise.all([
    get(`${ledger}/checkpoint`, "no-cache"),
    get(`${ledger}/vkey`, "no-cache"),
    get(`${ledger}/witnesses`, "no-cache"),
  ]);
  if (!note || !vkey) throw new Unreadable("checkpoint");
  const checkpoint = readCheckpoint(note);
  if (index >= checkpoint.size) return [["check-root", false]];
  const tile = tileReader(ledger, checkpoint.size);
  const leaf = await leafAt(tile, index);
  const root = await rootFrom(tile, await leafHash(leaf), index, 0, checkpoint.size);
  const cosigned = vkeys && (await cosignaturesHold(checkpoint, new TextDecoder().decode(vkeys)));
  return [
    ["check-leaf", new TextDecoder().decode(leaf) === shown],
    ["check-root", same(root, checkpoint.root)],
    ["check-signature", await signatureHolds(checkpoint, new TextDecoder().decode(vkey))],
    ...(vkeys && cosigned !== undefined ? [["check-witnesses", cosigned]] : []),
  ];
}

function prepare(section) {
  const message = (name) =>
    section.querySelector(`template[data-message="${name}"]`).content.textContent;
  const result = section.querySelector("[data-verify-result]");
  const link = section.querySelector("[data-verify]");
  if (!link) return;

  const say = (kind, name, checks = []) => {
    const box = document.createElement("div");
    box.className = `notice ${kind}`;
    const inside = box.appendChild(document.createElement("div"));
    const title = inside.appendChild(document.createElement("p"));
    title.className = "title";
    title.textContent = message(name);
    if (checks.length) {
      const list = inside.appendChild(document.createElement("ul"));
      for (const [what, held] of checks) {
        const verdict = held === null ? "skipped" : held ? "held" : "failed";
        const line = list.appendChild(document.createElement("li"));
        line.textContent = message(what) + message("colon") + message(verdict);
      }
    }
    section.dataset.verdict = name;
    result.replaceChildren(box);
  };

  const verify = async () => {
    if (!globalThis.crypto?.subtle) {
      say("wait", "insecure");
      return;
    }
    say("info", "working");
    try {
      const shown = section.querySelector("[data-leaf]").textContent;
      const checks = await check(section.dataset.ledger, Number(section.dataset.index), shown);
      if (checks.some(([, held]) => held === false)) say("stop", "no", checks);
      else if (checks.some(([, held]) => held === null)) say("wait", "unsigned", checks);
      else say("done", "yes", checks);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      say("wait", "unable");
    }
  };

  const button = document.createElement("button");
  button.type = "button";
  button.className = link.className;
  button.textContent = link.textContent;
  button.addEventListener("click", verify);
  link.replaceWith(button);
  if ("verifyNow" in section.dataset) verify();
}

document.querySelectorAll("[data-ledger-proof]").forEach(prepare);
