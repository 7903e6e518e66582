/** Uploads a file: announced to the API, put straight into the bucket, and looked after until the worker has read it. */

/** Where the API is: `?api=https://…`, as the page was opened. */
const api = new URLSearchParams(location.search).get("api") ?? "";
const form = document.querySelector("form");
const output = document.querySelector("output");

async function call(path, method = "GET", body = undefined) {
  const response = await fetch(`${api}${path}`, {
    method,
    ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

async function upload(file) {
  const type = /^[\w.+-]+\/[\w.+-]+$/.test(file.type) ? file.type : "application/octet-stream";
  const { id, method, url, headers } = await call("/uploads", "POST", { name: file.name, type, sizeBytes: file.size });
  const put = await fetch(url, { method, headers, body: file });
  if (!put.ok) throw new Error(`the bucket answers ${put.status}`);
  let upload = await call(`/uploads/${id}/uploaded`, "POST");
  while (upload.state === "queued" || upload.state === "working") {
    output.textContent = `${upload.name}: ${upload.state}`;
    await new Promise((done) => setTimeout(done, 500));
    upload = await call(`/uploads/${id}`);
  }
  return upload;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const { name, state, result, error } = await upload(form.elements.file.files[0]);
    output.textContent = `${name}: ${state} ${JSON.stringify(result ?? error)}`;
  } catch (error) {
    output.textContent = String(error);
  }
});
