/* What runs in the browser: it asks API and gateway by the addresses that stood in the environment of the build, else by those that its server knows. */
const built = { api: process.env.NEXT_PUBLIC_API_URL, gateway: process.env.NEXT_PUBLIC_GATEWAY_URL };
const known = Object.values(built).includes(null) ? await (await fetch("/api/services")).json() : {};
for (const [name, url] of Object.entries({ ...built, ...known })) {
  const line = document.querySelector(`[data-service=${name}]`);
  if (!url) line.textContent = `${name}: no address`;
  else
    fetch(`${url}/health`)
      .then((answer) => (line.textContent = `${name}: ${answer.ok ? "well" : answer.status}`))
      .catch(() => (line.textContent = `${name}: no answer`));
}
