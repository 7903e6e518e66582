/** The words of SQL that tell a statement from prose, each with the kind of token it makes; see tokens.ts for the kinds. */

const kinds: Readonly<Record<string, string>> = {
  // Verbs that begin a statement and little else; `S` and `D`, below, are pairs that do.
  E: "select update truncate waitfor",
  X: "exec",
  // Verbs that people use as well; with the word that SQL has after them (`drop table`) they are of the first kind.
  e: `insert delete drop create alter execute call declare merge replace grant revoke backup restore shutdown copy attach detach rename
      kill use do begin commit rollback handler load`,
  U: "union intersect except minus",
  // Clauses within one.
  k: `from where into values set table database index view schema case when then else end join inner outer left right cross natural on as
      delay time infile outfile dumpfile identified offset fetch top distinct all by for if immediate program to using returning escape
      collate interval with nowait column add modify data local procedure function trigger`,
  B: "having limit",
  "&": "and or xor div",
  "!": "not",
  "=": "like rlike ilike regexp is between in similar sounds glob match",
  // Values without arguments.
  v: `null true false current_user session_user system_user current_date current_time current_timestamp localtime localtimestamp sysdate
      rownum dual`,
};

/** Functions that only attackers call; the parenthesis has to follow at once. */
const attackers = `sleep benchmark pg_sleep extractvalue updatexml load_file randomblob xp_cmdshell gtid_subset name_const get_lock load_extension
  pg_read_file pg_ls_dir lo_import dblink query_to_xml openrowset opendatasource sp_executesql receive_message get_host_address
  is_srvrolemember master_pos_wait fn_xe_file_target_read_file`;

/** Functions that injections lean on; a word counts as one only when a parenthesis follows. */
const functions = `version user database schema system_user current_user session_user char chr ascii ord concat
  concat_ws group_concat substring substr mid left right length char_length len hex unhex if ifnull nullif isnull coalesce cast convert
  floor rand exp row count min max sum avg exists any some md5 sha1 sha2 upper lower ucase lcase now
  sqlite_version gtid_subtract geometrycollection polygon
  multipoint linestring multilinestring multipolygon json_extract json_length json_keys json_depth st_x st_y st_point row_count found_rows
  last_insert_id connection_id decode encode compress uncompress aes_encrypt des_encrypt procedure analyse string_agg array_agg
  listagg wm_concat xmltype quote replace reverse repeat space strcmp instr locate position trim ltrim rtrim lpad rpad make_set elt field
  find_in_set format bin oct conv inet_aton uuid release_lock to_char to_number current_setting
  current_database inet_server_addr has_table_privilege db_name host_name object_id col_name suser_name
  patindex stuff str typeof sqlite_compileoption_get zeroblob printf`;

/** Words that make one token with the word after them. */
const pairs: readonly (readonly [first: string, second: string, kind: string])[] = [
  ["order group", "by", "B"],
  ["union", "all distinct", "U"],
  ["not", "in like between rlike regexp ilike", "="],
  ["is", "not distinct", "="],
  ["sounds", "like", "="],
  ["similar", "to", "="],
  ["insert replace merge", "into ignore", "S"],
  ["delete", "from", "D"],
  ["create", "user role view index", "D"],
  ["drop alter truncate rename", "table database schema view index user login procedure function trigger column role", "S"],
  ["create", "table database schema procedure function trigger login", "S"],
  ["load", "data", "S"],
  ["execute", "immediate", "S"],
  ["backup restore attach detach", "database", "S"],
  ["waitfor", "delay time", "S"],
  ["grant revoke", "all select insert update delete", "S"],
];

/** By the first word and the second, the kind of token that the two make. */
export const wordPairs: ReadonlyMap<string, ReadonlyMap<string, string>> = pairs.reduce((all, [first, second, kind]) => {
  for (const word of first.split(" ")) {
    const after = all.get(word) ?? new Map<string, string>();
    for (const next of second.split(" ")) after.set(next, kind);
    all.set(word, after);
  }
  return all;
}, new Map<string, Map<string, string>>());

export const wordKinds: ReadonlyMap<string, string> = new Map(
  Object.entries(kinds).flatMap(([kind, words]) => words.split(/\s+/u).map((word) => [word, kind] as const)),
);

export const functionNames: ReadonlySet<string> = new Set(functions.split(/\s+/u));
export const attackersFunctions: ReadonlySet<string> = new Set(attackers.split(/\s+/u));
