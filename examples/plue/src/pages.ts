/** The pages as HTML. */
import type { Repository } from "./database.ts";
import type { Commit } from "./git.ts";

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const text = (value: string) => value.replace(/[&<>"']/g, (character) => entities[character]!);

const style = `body { font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; color: #1c2024; background: #fcfcfd }
a { color: #0b68cb } code { font-size: .875em } table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .375rem .75rem .375rem 0; border-bottom: 1px solid #e0e3e8 }
@media (prefers-color-scheme: dark) { body { color: #edeef0; background: #111113 } a { color: #70b8ff } td, th { border-color: #363a3f } }`;

/** `body` is HTML. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${text(title)}</title><style>${style}</style></head>
<body><h1>${text(title)}</h1>
${body}
</body></html>
`;
}

export function repositoryList(repositories: readonly Repository[]): string {
  if (repositories.length === 0) return "<p>There is no repository yet.</p>";
  const rows = repositories.map(
    ({ name, pushes, pushedAt }) =>
      `<tr><td><a href="/${text(name)}">${text(name)}</a></td><td>${pushes}</td><td>${text(pushedAt ?? "never")}</td></tr>`,
  );
  return `<table><thead><tr><th>Repository</th><th>Pushes</th><th>Last push</th></tr></thead><tbody>\n${rows.join("\n")}\n</tbody></table>`;
}

export function repositoryPage(name: string, commits: readonly Commit[]): string {
  const clone = `<p><code>git clone HOST/api/git/${text(name)}.git</code> · <a href="/">All repositories</a></p>`;
  if (commits.length === 0) return `${clone}\n<p>Nothing was pushed yet.</p>`;
  const rows = commits.map(
    ({ id, subject, author, committedAt }) =>
      `<tr><td><code>${id.slice(0, 8)}</code></td><td>${text(subject)}</td><td>${text(author)}</td><td>${text(committedAt)}</td></tr>`,
  );
  return `${clone}\n<table><thead><tr><th>Commit</th><th>Subject</th><th>Author</th><th>When</th></tr></thead><tbody>\n${rows.join("\n")}\n</tbody></table>`;
}
