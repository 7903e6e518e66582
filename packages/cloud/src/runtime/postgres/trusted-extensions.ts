/**
 * Extensions that RDS for PostgreSQL lets its master user create although PostgreSQL itself asks for a superuser
 * (AWS, "Supported PostgreSQL extension versions"); those that PostgreSQL trusts by itself need no entry. What is in
 * neither, as `file_fdw` or the untrusted languages, RDS does not offer either.
 */
export const trustedExtensions: readonly string[] = [
  "amcheck",
  "bloom",
  "dblink",
  "earthdistance",
  "moddatetime",
  "pageinspect",
  "pg_buffercache",
  "pg_freespacemap",
  "pg_prewarm",
  "pg_stat_statements",
  "pg_visibility",
  "pg_walinspect",
  "pgrowlocks",
  "pgstattuple",
  "postgres_fdw",
  "sslinfo",
];
