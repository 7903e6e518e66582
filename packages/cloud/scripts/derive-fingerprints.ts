/**
 * Derives the fingerprints of SQL injection (runtime/firewall/sql/fingerprints.ts) from the grammar beside this file and the first half
 * of the corpus: those of attacks, without those of harmless texts. Run it when the tokens, the folding, the grammar or the corpus change.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fingerprint } from "../src/runtime/firewall/sql/fingerprint.ts";
import { corpus } from "../test/runtime/firewall/corpus.ts";
import { injection, statement } from "./injection-grammar.ts";

const samples = 2_000_000;
const place = fileURLToPath(new URL("../src/runtime/firewall/sql/fingerprints.ts", import.meta.url));

/** A linear congruential generator: the same set at each run. */
let state = 20_190_729;
const draw = (limit: number) => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
};

const dialects = ["ansi", "mysql"] as const;
const inContext = (text: string, quote: "" | "'" | '"') =>
  new Set(dialects.map((dialect) => (quote === "" ? "" : "'") + fingerprint(text, quote, dialect)));

/** What a value alone, prose or code may look like: never evidence. */
const tooLittle = (print: string) =>
  !/[QF]/u.test(print) && (print.replace("'", "").length < 2 || /^'?[1snvfwb(),.;:?{}[\]*]*$/u.test(print));

const attacks = new Set<string>();
const add = (print: string) => attacks.add(print);
for (let index = 0; index < samples; index++) {
  const { text, quoted } = index % 6 === 0 ? statement(draw) : injection(draw);
  for (const print of inContext(text, quoted ? "'" : "")) add(print);
}
/** Attacks of the corpus that the grammar did not reach: what it should learn. */
const unreached: string[] = [];
const trained = corpus("sqli").derived;
for (const text of trained) {
  const quote = /^[^\s]{0,8}?(['"])/u.exec(text)?.[1] ?? "";
  const prints = [...inContext(text, quote as "")];
  if (!prints.some((print) => attacks.has(print))) unreached.push(text);
  prints.forEach(add);
}

/** Formulas, conditions in code and prose with numbers in it have these; no database needs them to be an injection. */
const likeProse = [
  // Conditions in code begin with a name; numbers are what statements are continued after.
  /^n(?!=[1sv]&[1s]|&[1s]=[1s])[^QFUESDXe]*[^c]$/u,
  /^f(?!.*&.*=)[^QFUESDXe]*$/u,
  // Ends in half an operator; what is a comment in the other dialect is found by that.
  /^'?.{1,4}(?<=[?o&])$/u,
  /w/u,
  // Two things and a conjunction.
  /^[1vf);]*&[ns]$/u,
  /^(?:[1v]&1|v&v)$/u,
  // A remark after a value, which begins with two dashes or is a hashtag.
  /^'?[1sn;)]{1,3}C$/u,
  /^e[sn1vk]*$/u,
  /^Ek*[nsv1?]*$/u,
  /^Xn?$/u,
];

/** Texts that the grammar alone would take for attacks: what the shapes above should know. */
const mistaken: string[] = [];
const harmless = new Map<string, number>();
for (const text of corpus("harmless").derived) {
  for (const quote of ["", "'", '"'] as const) {
    if (quote === "" || text.includes(quote))
      for (const print of inContext(text, quote)) {
        if (attacks.has(print) && !tooLittle(print) && !likeProse.some((shape) => shape.test(print))) mistaken.push(`${print}  ${text}`);
        harmless.set(print, (harmless.get(print) ?? 0) + 1);
      }
  }
}

const sorted = [...attacks].filter((print) => !tooLittle(print)).toSorted();
const weak = (print: string) => harmless.has(print) || likeProse.some((shape) => shape.test(print));
const low = sorted.filter((print) => !weak(print));
/** What many harmless texts have is no evidence at all. */
const high = sorted.filter((print) => weak(print) && (harmless.get(print) ?? 0) < 2);
const list = (prints: readonly string[]) => {
  const lines: string[] = [];
  for (let at = 0; at < prints.length; at += 14) lines.push(`  ${prints.slice(at, at + 14).join(" ")}`);
  return lines.join("\n");
};
writeFileSync(
  place,
  `/** The fingerprints of SQL injection; those of text that closes a quote begin with one. Derived by scripts/derive-fingerprints.ts; do not edit. */
const set = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\\s+/u));

/** Only attacks have them. */
export const low = set(\`
${list(low)}
\`);

/** Harmless texts have them too. */
export const high = set(\`
${list(high)}
\`);
`,
);
console.log(`${low.length} fingerprints of attacks alone, ${high.length} of harmless texts as well, ${harmless.size} of harmless texts`);
console.log(`the grammar alone reached ${trained.length - unreached.length} of ${trained.length} attacks; not:`, unreached);
console.log("and it would take for attacks:", mistaken);
