import { expect, test } from "vitest";
import { renameReferences } from "../src/index.ts";

const names = new Map([["Database", "Database2"]]);

test.each([
  [{ Ref: "Database" }, { Ref: "Database2" }],
  [{ Ref: "Databases" }, { Ref: "Databases" }],
  [{ "Fn::GetAtt": ["Database", "Endpoint.Address"] }, { "Fn::GetAtt": ["Database2", "Endpoint.Address"] }],
  [{ "Fn::GetAtt": "Database.Endpoint.Address" }, { "Fn::GetAtt": "Database2.Endpoint.Address" }],
  [
    { "Fn::Sub": "${Database}:${Database.Endpoint.Port} ${!Database}" },
    { "Fn::Sub": "${Database2}:${Database2.Endpoint.Port} ${!Database}" },
  ],
  [
    { "Fn::Sub": ["${Database} ${Host}", { Host: { Ref: "Database" } }] },
    { "Fn::Sub": ["${Database2} ${Host}", { Host: { Ref: "Database2" } }] },
  ],
  [{ "Fn::Sub": ["${Database}", { Database: "a" }] }, { "Fn::Sub": ["${Database}", { Database: "a" }] }],
  [
    { Database: ["Database", { "Fn::If": ["Database", { Ref: "Database" }, 1] }] },
    { Database: ["Database", { "Fn::If": ["Database", { Ref: "Database2" }, 1] }] },
  ],
])("%j", (before, after) => expect(renameReferences<unknown>(before, names)).toEqual(after));
