/** What is read in Dockerfiles. */
import { describe, expect, test } from "vitest";
import { runConfiguration, DockerfileError, readInstructions } from "../../src/images/dockerfile.ts";

const run = (text: string, options = {}) => runConfiguration(text, options);

describe("what the final stage says", () => {
  test("a build stage and a final stage", () => {
    const dockerfile = `
      # syntax=docker/dockerfile:1
      ARG NODE=24
      FROM node:\${NODE}-alpine AS dependencies
      WORKDIR /build
      RUN npm ci
      FROM node:\${NODE}-alpine
      WORKDIR /srv
      WORKDIR app
      ENV NODE_ENV=production GREETING="hello world" EMPTY=
      COPY --from=dependencies /build/node_modules ./node_modules
      COPY . .
      USER node
      EXPOSE 3000/tcp 4000-4002
      ENTRYPOINT ["node"]
      CMD ["src/server.ts", "--verbose"]`;
    expect(run(dockerfile)).toEqual({
      workingDirectory: "/srv/app",
      env: { NODE_ENV: "production", GREETING: "hello world", EMPTY: "" },
      entrypoint: ["node"],
      command: ["src/server.ts", "--verbose"],
      user: "node",
      exposedPorts: [3000, 4000, 4001, 4002],
      contextRoot: "/srv/app",
    });
  });

  test.each([
    ["api", { command: ["api"], env: { BASE: "1", WHO: "api" } }],
    ["WEB", { command: ["web"], env: { BASE: "1" } }],
    ["0", { exposedPorts: [], env: { BASE: "1" } }],
  ])("the target %s, with what it inherits", (target, expected) => {
    const dockerfile = 'FROM scratch AS base\nENV BASE=1\nFROM base AS api\nENV WHO=api\nCMD ["api"]\nFROM base AS web\nCMD ["web"]';
    expect(run(dockerfile, { target })).toMatchObject(expected);
  });

  test("the target that is not there is named with those that are", () => {
    expect(() => run("FROM a AS one\nFROM b", { target: "two" })).toThrow("line 1: no stage is called two; there are: one");
  });

  test("shell forms run in the shell of the stage", () => {
    expect(run("FROM a\nCMD node  server.js $PORT").command).toEqual(["/bin/sh", "-c", "node  server.js $PORT"]);
    expect(run('FROM a\nSHELL ["/bin/bash", "-ec"]\nENTRYPOINT exec node').entrypoint).toEqual(["/bin/bash", "-ec", "exec node"]);
    expect(run("FROM a\nCMD [node, server.js]").command).toEqual(["/bin/sh", "-c", "[node, server.js]"]);
  });

  test("an entry point takes an inherited command away, not the stage's own", () => {
    expect(run('FROM a AS b\nCMD ["x"]\nFROM b\nENTRYPOINT ["y"]').command).toBeUndefined();
    expect(run('FROM a\nCMD ["x"]\nENTRYPOINT ["y"]').command).toEqual(["x"]);
  });
});

describe("substitution", () => {
  test.each([
    ["ARG SERVICE=api\nENV A=$SERVICE", { A: "api" }],
    ["ARG SERVICE\nENV A=x${SERVICE}y", { A: "xgivey" }],
    ["ENV A=${UNSET:-default}", { A: "default" }],
    ["ENV E=\nENV A=${E:-default} B=${E-unset}", { E: "", A: "default", B: "" }],
    ["ENV E=1\nENV A=${E:+yes} B=${U:+yes}", { E: "1", A: "yes", B: "" }],
    ["ENV A=\\$HOME B='$HOME' C=\"a b\"", { A: "$HOME", B: "$HOME", C: "a b" }],
    ["ENV E=1\nENV E=2 A=$E", { E: "2", A: "1" }],
    ["ENV A one  two", { A: "one  two" }],
    ["ARG TARGETARCH\nENV A=$TARGETARCH", { A: "arm64" }],
    ["ENV A=$TARGETARCH", { A: "" }],
    ["ARG G\nENV A=$G", { A: "from-before" }],
  ])("%j", (lines, env) => {
    const dockerfile = `ARG G=from-before\nFROM a\n${lines}`;
    const found = run(dockerfile, { args: lines.includes("SERVICE}") ? { SERVICE: "give" } : {}, platform: "linux/arm64" });
    expect(found.env).toEqual(env);
  });
});

describe("reading", () => {
  test("continued lines, comments within them, heredocs and another escape", () => {
    const { instructions } = readInstructions(
      "# escape=`\nFROM a\nRUN one `\n  # comment\n\n  two\nRUN <<EOF cat <<-'END'\nFROM nothing\nEOF\n\tCMD nothing\n\tEND\nCMD x",
    );
    expect(instructions.map(({ name, text, line }) => [name, text.replaceAll(/\s+/g, " "), line])).toEqual([
      ["FROM", "a", 2],
      ["RUN", "one two", 3],
      ["RUN", "<<EOF cat <<-'END'", 7],
      ["CMD", "x", 12],
    ]);
  });

  test.each([
    ["", "line 1: no FROM"],
    ["CMD x", "line 1: CMD before the first FROM"],
    ["FROM", "line 1: FROM takes an image, or an image AS a name"],
    ["FROM a b", "line 1: FROM takes an image, or an image AS a name"],
    ["FROM a\n\nEXPOSE http", 'line 3: EXPOSE of "http"'],
    ["FROM a\nENV A=1 B", 'line 2: ENV of "B": it has to be NAME=VALUE'],
    ["FROM a\nRUN <<EOF\nx", "line 2: the heredoc EOF does not end"],
    ["FROM a\n=", 'line 2: "=" is no instruction'],
  ])("%j: %s", (text, message) => {
    expect(() => run(text)).toThrow(new DockerfileError(message.replace(/^line \d+: /, ""), Number(/\d+/.exec(message)![0])));
  });
});
