/** A grammar of SQL injections, from which fingerprints are derived: what may follow a value in a statement, and how attackers end it. */

/** Alternatives; `<name>` stands for one of that name's, `{0}`… never occurs. */
const rules: Readonly<Record<string, readonly string[]>> = {
  // The value that the statement had already, for text that is not within quotes.
  number: ["1", "-1", "0", "1)", "-1)", "1))", "9.5", "null", "1 ", "(1)", "@a", "x=1", "@@version", "{`x`}", "{d 1}", "<subquery>", "sleep(5)", "1;", "`x`", "[x]", "true"],
  string: ["'", "x'", "x')", "')", "x'))", "%'", "%')"],
  value: ["1", "'a'", "x", "`x`", "a.b", "@v", "@@version", "user", "user()", "current_user", "null", "true", "char(65)", "0x61", "(select 1)", "<subquery>", "{`x`.``.1}", "x", "'a'", "user()"],
  literal: ["1", "'a'", "0x61", "null"],
  logic: ["or", "and", "||", "&&", "or not", "and not", "xor", "OR", "AND"],
  comparison: ["=", "<", ">", "<>", "like", "!=", ">=", "rlike", "regexp", "is", "is not", "not like", "in", "between", "@>", "::text="],
  calculated: ["<value>", "<value>+<value>", "<function>", "-<value>", "<value>-<function>"],
  test: [
    "<calculated><sp><comparison><sp><calculated>",
    "<literal>=<literal>",
    "(<literal>=<literal>)",
    "<literal> between <literal> and <literal>",
    "x is not null",
    "<literal>",
    "true",
    "'a' in ('a')",
    "x=x",
    "not <literal>=<literal>",
    "<literal> in (<literal>,<literal>)",
    "<literal> in (<query>)",
    "exists(<query>)",
    "<function>",
    "<subquery><comparison><value>",
    "case when <literal>=<literal> then <value> else <value> end",
    "(case when (<literal>=<literal>) then <function> else <value> end)",
    "1=if(<literal>=<literal>,<function>,0)",
    "row(1,1)><subquery>",
  ],
  sp: [" ", "/**/", " ", "  "],
  function: [
    "sleep(5)",
    "benchmark(100,md5(1))",
    "pg_sleep(5)",
    "extractvalue(1,concat(0x7e,version()))",
    "updatexml(1,concat(0x7e,<subquery>),1)",
    "ascii(substring(user(),1,1))",
    "if(1=1,sleep(5),0)",
    "convert(int,@@version)",
    "cast(<subquery> as int)",
    "length(database())",
    "dbms_pipe.receive_message('a',5)",
    "load_file('/etc/passwd')",
    "utl_http.request('x')",
    "a.b('x')",
    "version()",
  ],
  columns: ["1", "1,2", "null,null,null", "x,y", "*", "user()", "@@version,2", "'a','b'", "group_concat(x)", "count(*)", "top 1 x", "concat(a,0x3a,b)", "distinct x"],
  table: ["t", "a.b", "information_schema.tables", "dual", "`t`", "[t]", "(<query>)x", "a..b"],
  where: ["", "", " where <literal>=<literal>", " where id=1", " where x='a'", " where x like 'a%'", " limit 1", " group by x", " limit 1,1", " order by 1"],
  query: ["select <columns>", "select <columns> from <table><where>", "select <columns> from <table><where>"],
  subquery: ["(<query>)", "(select 1)"],
  union: ["union", "union all", "union distinct", "intersect", "except"],
  order: ["order by 1", "order by 9", "order by 1,2", "group by 1", "group by x", "having 1=1", "group by x having 1=1", "limit 1", "limit 1,1", "order by (<query>)", "order by sleep(5)"],
  statement: [
    "drop table t",
    "drop database t",
    "delete from t",
    "delete from t where <literal>=<literal>",
    "insert into t values(<literal>,<literal>)",
    "insert into t(x,y) values(<literal>)",
    "update t set x=<literal>",
    "update t set x=<literal> where id=1",
    "truncate table t",
    "alter table t add x int",
    "alter table t drop column x",
    "create table t(x int)",
    "create user x identified by 'y'",
    "exec xp_cmdshell('dir')",
    "exec xp_cmdshell 'dir'",
    "exec a..b 'c'",
    "execute immediate 'x'",
    "declare @a int",
    "declare @a varchar(9); set @a='x'; exec(@a)",
    "shutdown",
    "shutdown with nowait",
    "waitfor delay '0:0:5'",
    "<query>",
    "<query>",
    "<query>",
    "select case when <literal>=<literal> then <function> else <value> end",
    "call a.b(1)",
    "if (1=1) waitfor delay '0:0:5'",
    "if 1=1 select 1",
    "use master",
    "set @a=1",
    "begin",
    "copy t to '/x'",
    "copy t from program 'x'",
    "grant all on t to x",
    "backup database t to disk='x'",
    "load data infile 'x' into table t",
    "rename table a to b",
    "merge into t using x on (1=1)",
    "kill 5",
    "do sleep(5)",
    "replace into t values(1)",
    "attach database 'x' as y",
    "revoke all on t from x",
  ],
  tail: [
    " <logic> <test>",
    "<sp><logic><sp><test>",
    " <logic> <test> <logic> <test>",
    " <logic> <test> <order>",
    "\n<logic><sp><test>",
    "--\n<logic> <test>",
    " <logic>",
    ";",
    " <logic> <test> <union> <query>",
    " <logic>(<test>)",
    " <union> <query>",
    " <union> (<query>)",
    "<sp><union><sp><query>",
    " <union> values(1,2)",
    " <order>",
    " <order> <union> <query>",
    ";<statement>",
    "; <statement>",
    "; <statement>; <statement>",
    " waitfor delay '0:0:5'",
    " into outfile '/x'",
    " into @a",
    " procedure analyse()",
    " and 1=1 into outfile '/x'",
    " in (<query>)",
    " rlike <subquery>",
    "+<subquery>",
    "-<function>",
    "*<function>",
    ",<subquery>",
    " <comparison> <subquery>",
    ",2);<statement>",
    "),(<value>,2)",
    ",<value>)",
    ",<function>)",
    ") <order>",
    " <logic> <function>",
    "||<function>",
    ";<statement>;<statement>",
  ],
  // What makes the rest of the statement harmless to the attacker.
  comment: ["-- some more words", "#more", "--", "-- -", "#", "/*", "--+", ";--", ";#"],
  quoted: [" <logic> 'a'='a", " <logic> 'a", " <logic> '", " <logic> 'a' like 'a", " <logic> ''='", " <logic> 'a'<comparison>'a", " <logic> x='a", " <logic> <test> <logic> 'a'='a", " <union> <query> where 'a'='a", "; <statement> where 'a'='a", "=''or'", "+<subquery>+'", "||<subquery>||'", "+<function>+'", "-<function>-'", "||<function>||'", " <logic> <function>='", " <logic> <function> <logic> '", "),('a',2)--", ",<subquery>)--", ",1,2)--", " regexp '^a", " like '%"],
  balanced: [" <logic> (<literal>=<literal>", " <logic> ((<literal>=<literal>", " <logic> (1=1", " <logic> (('a'='a", " <logic> ('a'='a", " <union> select (1"],
};

export interface Injection {
  text: string;
  quoted: boolean;
}

/** One injection; `draw(n)` gives a number from 0 to n − 1. */
export function injection(draw: (limit: number) => number): Injection {
  const expand = (name: string, depth: number): string => {
    const alternatives = rules[name]!;
    // Deep down the first alternative, which ends.
    const chosen = alternatives[depth > 6 ? 0 : draw(alternatives.length)]!;
    return chosen.replaceAll(/<([a-z]+)>/gu, (_, inner: string) => expand(inner, depth + 1));
  };
  const quoted = draw(2) === 1;
  const start = expand(quoted ? "string" : "number", 0);
  const shape = draw(8);
  if (quoted && shape < 3) return { text: start + expand("quoted", 0), quoted };
  if (shape === 3) return { text: start + expand("balanced", 0), quoted };
  if (quoted && shape === 4) return { text: start + expand("comment", 0), quoted };
  const tail = expand("tail", 0);
  // A quoted string has to be ended, so all that follows one ends in a comment.
  return { text: start + tail + (quoted || shape > 5 ? [" ", ""][draw(2)]! + expand("comment", 0) : ""), quoted };
}

/** A whole statement, as it is sent to consoles. */
export function statement(draw: (limit: number) => number): Injection {
  const expand = (name: string, depth: number): string => {
    const alternatives = rules[name]!;
    return alternatives[depth > 6 ? 0 : draw(alternatives.length)]!.replaceAll(/<([a-z]+)>/gu, (_, inner: string) => expand(inner, depth + 1));
  };
  return { text: expand(draw(4) === 0 ? "subquery" : "statement", 0) + (draw(3) === 0 ? expand("comment", 0) : ""), quoted: false };
}
