/** The verifier, against the example exchange of RFC 7677, section 3. */
import { createHash, createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { scramVerifier } from "../src/index.ts";

const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");
const exchange = [
  "n=user,r=rOprNGfwEbeRWgbNEkqO",
  "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
  "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
].join(",");

test("a server that holds the verifier accepts the client's proof and gives the server's signature", () => {
  const [, stored, server] = /^SCRAM-SHA-256\$4096:W22ZaJ0SNY7soEsUEjb6gQ==\$([^:]+):(.+)$/.exec(scramVerifier("pencil", salt))!;
  const storedKey = Buffer.from(stored!, "base64");
  const signature = createHmac("sha256", storedKey).update(exchange).digest();
  const proof = Buffer.from("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "base64");
  const clientKey = Buffer.from(proof.map((byte, i) => byte ^ signature[i]!));
  expect(createHash("sha256").update(clientKey).digest()).toEqual(storedKey);
  expect(createHmac("sha256", Buffer.from(server!, "base64")).update(exchange).digest("base64")).toBe(
    "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
  );
});
