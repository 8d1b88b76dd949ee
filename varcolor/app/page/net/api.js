/** Requests to the server, each with the token of the page's address. */

const TOKEN = new URLSearchParams(location.search).get("token") ?? "";

/** @param {string} path @param {RequestInit} [init] @returns {Promise<Response>} */
async function request(path, init = {}) {
  let answer;
  try {
    answer = await fetch(path, { ...init, headers: { Authorization: `Bearer ${TOKEN}` } });
  } catch {
    throw new Error("the program does not answer: is it still running?");
  }
  if (answer.ok) return answer;
  const text = await answer.text();
  let words = text;
  try {
    words = JSON.parse(text).error;
  } catch {
    // plain text
  }
  throw new Error(words.trim().replace(/^varcolor: /, "") || `the program answers ${answer.status}`);
}

/** @param {string} path @returns {Promise<any>} */
export async function getJson(path) {
  return (await request(path)).json();
}

/** @param {string} path @param {any} body @returns {Promise<any>} */
export async function postJson(path, body) {
  return (await request(path, { method: "POST", body: JSON.stringify(body) })).json();
}

/** @param {string} path @param {Blob} body @returns {Promise<any>} */
export async function postBytes(path, body) {
  return (await request(path, { method: "POST", body })).json();
}

/** @param {string} path @returns {Promise<Blob>} */
export async function getBlob(path) {
  return (await request(path)).blob();
}

/**
 * Ask for a file that is sent here.
 * @param {string} path @param {any} body @returns {Promise<{name: string, notes: string[], blob: Blob}>}
 */
export async function download(path, body) {
  const answer = await request(path, { method: "POST", body: JSON.stringify({ ...body, to: "download" }) });
  const told = (/** @type {string} */ name) => decodeURIComponent(answer.headers.get(name) ?? "");
  return { name: told("x-name"), notes: JSON.parse(told("x-notes") || "[]"), blob: await answer.blob() };
}

/** @param {string} key @returns {string} */
export function liveAddress(key) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  return `${scheme}://${location.host}/live/${key}?token=${encodeURIComponent(TOKEN)}`;
}
