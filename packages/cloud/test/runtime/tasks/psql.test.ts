/** Our psql: what it makes of scripts, and against a real server with TLS. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { authorityFile } from "../../../src/runtime/authority.ts";
import { statements, substitute } from "../../../src/runtime/tasks/psql/script.ts";
import { startTestCloud } from "../../cloud.ts";

const program = fileURLToPath(new URL("../../../src/runtime/tasks/psql/main.ts", import.meta.url));

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

function psql(args: readonly string[], env: Record<string, string> = {}, stdin = ""): Promise<Ran> {
  return new Promise((done) => {
    const child = execFile(process.execPath, [program, ...args], { env: { PATH: process.env.PATH, ...env } }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
    child.stdin!.end(stdin);
  });
}

test.each([
  ["select 1; select ';' ; -- done;\n", ["select 1;", "select ';' ;"]],
  ["do $$ begin perform 1; end $$; select 2", ["do $$ begin perform 1; end $$;", "select 2"]],
  ["/* a; */ create table t (a text default 'x;y');", ["/* a; */ create table t (a text default 'x;y');"]],
  ["  \n;;", []],
])("a script falls into its statements: %j", (script, expected) => {
  expect(statements(script).map(({ sql }) => sql)).toEqual(expected);
});

test("variables are put in as psql does, and nowhere else", () => {
  const variables = { a: "x'y", t: "ta" };
  expect(substitute(`select :'a', :"t", :t, a::text, ':a', $$ :a $$, :none -- :a`, variables)).toBe(
    `select 'x''y', "ta", ta, a::text, ':a', $$ :a $$, :none -- :a`,
  );
});

test("speaks to a database with TLS: commands, scripts, errors, connections that fail", async () => {
  await using cloud = await startTestCloud();
  const { call } = cloud;
  await call("rds", "CreateDBInstance", {
    DBInstanceIdentifier: "db",
    DBInstanceClass: "db.t4g.micro",
    Engine: "postgres",
    AllocatedStorage: 20,
    DBName: "app",
    MasterUsername: "plinth",
    MasterUserPassword: "correct-horse",
  });
  const describe = async () => (await call("rds", "DescribeDBInstances", { DBInstanceIdentifier: "db" })).DBInstances![0]!;
  await expect.poll(async () => (await describe()).DBInstanceStatus).toBe("available");
  const { Address, Port } = (await describe()).Endpoint!;
  const url = `postgresql://plinth:correct-horse@${Address}:${Port}/app?sslmode=verify-full`;
  const env = { PGSSLROOTCERT: await authorityFile(cloud.cloud) };

  expect(
    await psql(
      [
        url,
        "-v",
        "ON_ERROR_STOP=1",
        "-X",
        "-q",
        "-t",
        "-A",
        "-c",
        "create table t (a int); insert into t values (1), (2); select sum(a), 'x' from t",
      ],
      env,
    ),
  ).toEqual({
    code: 0,
    stdout: "3|x\n",
    stderr: "",
  });
  expect(await psql([url], env, "select a from t order by a;\nupdate t set a = a + 1;")).toEqual({
    code: 0,
    stdout: " a\n---\n 1\n 2\n(2 rows)\n\nUPDATE 2\n",
    stderr: "",
  });
  const script = "select 1/0;\ninsert into t values (9);";
  const stopped = await psql([url, "-v", "ON_ERROR_STOP=1", "-f", "-"], env, script);
  expect(stopped).toMatchObject({ code: 3, stderr: "psql:<stdin>:1: ERROR:  division by zero\n" });
  expect(await psql([url, "-f", "-"], env, script)).toMatchObject({ code: 0, stdout: "INSERT 0 1\n" });
  expect(await psql([url, "-1", "-c", "delete from t", "-c", "select none"], env)).toMatchObject({ code: 1 });
  expect((await psql([url, "-tAc", "select count(*) from t"], env)).stdout).toBe("3\n");
  expect(await psql([url, "-c", "\\dt"], env)).toMatchObject({
    code: 1,
    stderr: "psql: error: this psql has no backslash commands (\\dt)\n",
  });
  const variables = { ...env, PGHOST: Address!, PGPORT: String(Port), PGUSER: "plinth", PGDATABASE: "app", PGSSLMODE: "require" };
  expect(await psql(["-c", "select 1"], { ...variables, PGPASSWORD: "wrong" })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('password authentication failed for user "plinth"'),
  });
  expect(await psql(["-tAc", "select 1"], { ...variables, PGPASSWORD: "correct-horse", PGSSLROOTCERT: "" })).toMatchObject({
    code: 0,
    stdout: "1\n",
  });
});
