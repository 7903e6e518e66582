create table message (
  id bigint generated always as identity primary key,
  author text not null,
  text text not null,
  embedding vector(64) not null,
  posted_at timestamptz not null default now()
);
create index message_embedding on message using hnsw (embedding vector_cosine_ops);
