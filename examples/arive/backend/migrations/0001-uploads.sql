create table upload (
  id uuid primary key,
  name text not null,
  type text not null,
  size_bytes bigint not null,
  created_at timestamptz not null default now(),
  -- What the worker found out about the file.
  result jsonb
);

create table job (
  id bigint generated always as identity primary key,
  upload_id uuid not null unique references upload,
  state text not null default 'queued' check (state in ('queued', 'working', 'done', 'failed')),
  -- Counted up when a worker begins; only the worker that has this number may end the job.
  attempts int not null default 0,
  -- A job that waits before it is tried again.
  not_before timestamptz not null default now(),
  -- Until when it is its worker's alone.
  leased_until timestamptz,
  worker text,
  error text,
  queued_at timestamptz not null default now(),
  ended_at timestamptz
);

create index job_open on job (id) where state in ('queued', 'working');
