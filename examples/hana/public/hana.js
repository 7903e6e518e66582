/** The page: one conversation, its runs live over a WebSocket that connects again by itself. The conversation is the address's fragment. */
if (!/^#[\w-]{1,64}$/.test(location.hash)) location.replace(`#${crypto.randomUUID()}`);
const conversation = location.hash.slice(1);
const list = document.querySelector("#runs");
const statusLine = document.querySelector("#status");
const form = document.querySelector("#post");
const items = new Map();
const rank = { queued: 0, running: 1, done: 2, failed: 2 };

function show(run) {
  let item = items.get(run.id);
  if (!item) {
    const element = document.createElement("li");
    const [prompt, result, note] = ["b", "p", "small"].map((name) => element.appendChild(document.createElement(name)));
    prompt.textContent = run.prompt;
    item = { element, result, note, run: { ...run, state: "queued" } };
    items.set(run.id, item);
    list.append(element);
  }
  // An older state may arrive after a newer one.
  if (rank[run.state] < rank[item.run.state]) return;
  item.run = run;
  item.result.textContent = run.result ?? "";
  item.note.textContent = run.state === "done" ? "" : run.state;
  if (!run.attachment) return;
  const link = document.createElement("a");
  link.href = `/api/v1/runs/${run.id}/attachment`;
  link.textContent = "attachment";
  item.note.replaceChildren(link);
}

async function showStatus() {
  const { task, model } = await (await fetch("/api/v1/status")).json();
  statusLine.textContent = `live · task ${task} · answered by ${model}`;
}

function connect() {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/?conversation=${conversation}`);
  socket.addEventListener("open", () => void showStatus());
  socket.addEventListener("message", ({ data }) => {
    const event = JSON.parse(data);
    if (event.type === "runs") event.runs.forEach(show);
    if (event.type === "run") show(event.run);
    const item = event.type === "progress" && items.get(event.runId);
    if (item && item.run.state === "running") item.result.textContent += event.text;
  });
  socket.addEventListener("close", () => {
    statusLine.textContent = "connecting again…";
    setTimeout(connect, 1000);
  });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const response = await fetch(`/api/v1/conversations/${conversation}/runs`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": crypto.randomUUID() },
    body: JSON.stringify({ prompt: form.elements.prompt.value }),
  });
  if (response.ok) form.elements.prompt.value = "";
});
connect();
