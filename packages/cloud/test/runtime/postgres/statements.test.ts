/** What PGlite's front reads in statements, and whose turn it is on the one session. */
import { describe, expect, test } from "vitest";
import {
  changesSettings,
  copiesIn,
  dropsStatements,
  listensTo,
  refusalOf,
  unlistens,
} from "../../../src/runtime/postgres/pglite/statements.ts";
import { openTurns } from "../../../src/runtime/postgres/pglite/turns.ts";

describe("what the text of a statement tells", () => {
  test.each([
    ["set search_path = x", true],
    ["select set_config('a.b', 'c', false)", true],
    ["select 'please set it'", false],
    ["select 1 -- set x", false],
    ["update t set a = 1", true], // read by words: asking the session once more does no harm
    ["select 1", false],
  ])("%s may change settings: %s", (sql, expected) => expect(changesSettings(sql)).toBe(expected));

  test.each([
    ["copy t from stdin", true],
    ["COPY t (a, b) FROM STDIN WITH (FORMAT csv)", true],
    ["copy (select 'from stdin') to stdout", false],
    ["copy t to stdout", false],
    ["select 'copy t from stdin'", false],
  ])("%s takes data: %s", (sql, expected) => expect(copiesIn(sql)).toBe(expected));

  test.each([
    ["deallocate all", true],
    ["DISCARD ALL", true],
    ["deallocate one", false],
  ])("%s drops all prepared statements: %s", (sql, expected) => expect(dropsStatements(sql)).toBe(expected));

  test("channels by the name that PostgreSQL gives them", () => {
    expect(listensTo('LISTEN News; listen "Two ""Words"""')).toEqual(["news", 'Two "Words"']);
    expect([unlistens("UNLISTEN *"), unlistens('unlisten "A b";'), unlistens("unlisten News"), unlistens("select 1")]).toEqual([
      "*",
      "A b",
      "news",
      undefined,
    ]);
  });

  test.each([
    ["set session authorization postgres", false, "42501"],
    ["select set_config('session_authorization', 'postgres', false)", false, "42501"],
    ["create temp table t (a int)", false, "0A000"],
    ["create temporary table t (a int)", true, "0A000"],
    ["create temp table t (a int) on commit drop", true, undefined],
    ["create table temp (a int)", false, undefined],
    ["select 'create temp table t'", false, undefined],
  ])("%s (in a transaction: %s) is answered with %s", (sql, inTransaction, code) => expect(refusalOf(sql, inTransaction)?.code).toBe(code));
});

test("turns come in the order of asking; who waits can be taken out, who holds is told", async () => {
  const told: string[] = [];
  const turns = openTurns<string>((holder) => told.push(holder));
  const order: string[] = [];
  const take = async (who: string) => {
    await turns.take(who);
    order.push(who);
  };
  await take("a");
  await take("a"); // it has the turn already
  const [b, c, d] = [take("b"), take("c"), take("d")];
  expect([turns.holder(), turns.waiting(), told]).toEqual(["a", 3, ["a", "a", "a"]]);
  turns.give("b"); // not its own to give
  expect(turns.withdraw("c", new Error("cancelled"))).toBe(true);
  await expect(c).rejects.toThrow("cancelled");
  turns.give("a");
  await b;
  turns.give("b");
  await d;
  expect(order).toEqual(["a", "a", "b", "d"]);
  expect(turns.withdraw("d", new Error())).toBe(false);
});
