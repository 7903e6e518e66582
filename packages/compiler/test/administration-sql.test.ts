/** The administration SQL: what it makes, and that names cannot break out of it. */
import { expect, test } from "vitest";
import { administrationSql } from "../src/index.ts";

const logins = {
  a: { username: "app_a", verifier: "SCRAM-SHA-256$4096:a$b:c" },
  b: { username: "app_b", verifier: "SCRAM-SHA-256$4096:d$e:f" },
};

test("owners", () => {
  expect(administrationSql({ owner: "app", database: "shop", extensions: ["vector", "pg_trgm"], logins })).toMatchInlineSnapshot(`
    "DO $plinth$ BEGIN PERFORM pg_advisory_xact_lock(123610927625320); END $plinth$;
    DO $plinth$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN CREATE ROLE "app" NOLOGIN; END IF;
    END $plinth$;
    DO $plinth$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'app_a') THEN CREATE ROLE "app_a" NOLOGIN; END IF;
    END $plinth$;
    ALTER ROLE "app_a" WITH LOGIN PASSWORD 'SCRAM-SHA-256$4096:a$b:c';
    GRANT "app" TO "app_a";
    ALTER ROLE "app_a" SET role = 'app';
    DO $plinth$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'app_b') THEN CREATE ROLE "app_b" NOLOGIN; END IF;
    END $plinth$;
    ALTER ROLE "app_b" WITH LOGIN PASSWORD 'SCRAM-SHA-256$4096:d$e:f';
    GRANT "app" TO "app_b";
    ALTER ROLE "app_b" SET role = 'app';
    GRANT ALL PRIVILEGES ON DATABASE "shop" TO "app";
    GRANT USAGE, CREATE ON SCHEMA public TO "app";
    CREATE EXTENSION IF NOT EXISTS "vector" CASCADE;
    CREATE EXTENSION IF NOT EXISTS "pg_trgm" CASCADE;"
  `);
});

test("readers", () => {
  const sql = administrationSql({ owner: "app_read", database: "shop", extensions: [], logins });
  expect(sql).toContain('ALTER DEFAULT PRIVILEGES FOR ROLE "app" GRANT SELECT ON TABLES TO "app_read";');
  expect(sql).toContain('ALTER ROLE "app_a" SET default_transaction_read_only = on;');
  expect(sql).not.toContain("GRANT ALL");
});

test("quotes what it is given", () => {
  const sql = administrationSql({
    owner: 'o"wner',
    database: 'd"b',
    extensions: ['e"; DROP DATABASE x; --'],
    logins: { ...logins, a: { username: "it's", verifier: "v'" } },
  });
  expect(sql).toContain('CREATE EXTENSION IF NOT EXISTS "e""; DROP DATABASE x; --" CASCADE;');
  expect(sql).toContain("rolname = 'it''s'");
  expect(sql).toContain(`ALTER ROLE "it's" WITH LOGIN PASSWORD 'v''';`);
  expect(sql).toContain('GRANT ALL PRIVILEGES ON DATABASE "d""b" TO "o""wner";');
});
