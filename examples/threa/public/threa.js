/** The page: lists messages, posts, searches, and stays live over a WebSocket that connects again by itself. */
const list = document.querySelector("#messages");
const statusLine = document.querySelector("#status");
const search = document.querySelector("#search");
const form = document.querySelector("#post");

function item({ author, text, postedAt, similarity }) {
  const entry = document.createElement("li");
  const name = document.createElement("b");
  const time = document.createElement("time");
  name.textContent = author;
  time.textContent = similarity === undefined ? new Date(postedAt).toLocaleTimeString() : `${Math.round(similarity * 100)} % alike`;
  entry.append(name, time, document.createTextNode(text));
  return entry;
}

async function load() {
  const query = search.value.trim();
  const response = await fetch(query ? `/api/search?limit=10&q=${encodeURIComponent(query)}` : "/api/messages");
  list.replaceChildren(...(await response.json()).map(item));
}

async function showStatus(live) {
  const { task, cache, workosApiKey } = await (await fetch("/api/status")).json();
  statusLine.textContent = `${live ? "live" : "not connected"} · task ${task} · cache: ${cache} · WORKOS_API_KEY: ${workosApiKey}`;
}

function connect() {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`);
  socket.addEventListener("open", () => void Promise.all([showStatus(true), load()]));
  socket.addEventListener("message", (event) => {
    const { type, message } = JSON.parse(event.data);
    if (type === "message" && !search.value.trim()) list.prepend(item(message));
  });
  socket.addEventListener("close", () => {
    statusLine.textContent = "connecting again…";
    setTimeout(connect, 1000);
  });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { author, text } = Object.fromEntries(new FormData(form));
  const response = await fetch("/api/messages", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ author, text }),
  });
  if (response.ok) form.elements.text.value = "";
});
search.addEventListener("input", () => void load());
connect();
