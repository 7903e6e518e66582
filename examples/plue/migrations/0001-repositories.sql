create table repository (
  name text primary key,
  created_at timestamptz not null default now()
);
create table push (
  id bigint generated always as identity primary key,
  repository text not null references repository (name),
  pushed_at timestamptz not null default now()
);
create index push_by_repository on push (repository, pushed_at desc);
