create table conversation (
  id text primary key,
  -- How many runs were posted: the next one's position, handed out under the row's lock.
  posted integer not null default 0
);

create table run (
  id uuid primary key default gen_random_uuid(),
  conversation_id text not null references conversation,
  position integer not null,
  key text not null,
  prompt text not null,
  state text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed')),
  -- Counts the beginnings; the number is what a worker must still hold to write the result.
  attempts integer not null default 0,
  worker text,
  result text,
  attachment text,
  posted_at timestamptz not null default now(),
  finished_at timestamptz,
  unique (conversation_id, position),
  unique (conversation_id, key)
);

-- Messages that are as good as sent: written together with what they tell of, taken out when their queue has them.
create table outbox (
  id bigint generated always as identity primary key,
  queue text not null check (queue in ('runs', 'notifications')),
  body jsonb not null,
  message_group text,
  deduplication_id text not null
);
