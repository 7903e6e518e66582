/** Locks that all tasks share, held to the end of a transaction (PostgreSQL, "Advisory Locks"). */
import type { Transaction } from "./database.ts";

const numbers = { migration: 72_001, relay: 72_002, backup: 72_003 };

/** `of` tells locks of one name apart. */
export async function lock(transaction: Transaction, name: keyof typeof numbers, of = ""): Promise<void> {
  await transaction.query("select pg_advisory_xact_lock($1, hashtext($2))", [numbers[name], of]);
}
