"""TABLEs with the properties of SQL, and of older versions."""

from basic.program import Column
from tests.unit.basic.fake_host import compile_scripts, diagnose

SQL = """TABLE leads
  id UUID PRIMARY KEY DEFAULT uuid_generate_v4()
  score INTEGER DEFAULT 0 NOT NULL READ BY "hr"
  owner UUID REFERENCES users(id) ON DELETE CASCADE,
  agent UUID REFERENCES users ON DELETE SET NULL ON UPDATE NO ACTION
  made TIMESTAMP WITH TIME ZONE DEFAULT NOW() WRITE BY "bots"
  tags TEXT[]
  prefs JSONB DEFAULT '{}'::jsonb
  total NUMBER(10,2) GENERATED ALWAYS AS (score * 2) STORED READ BY "hr"
  state VARCHAR(20) CHECK (state IN ('a', 'b')) DEFAULT 'a, b' UNIQUE WRITE BY "hr"
  ratio double precision
  UNIQUE(score, owner)
  CHECK (score > 0)
  CONSTRAINT c1 FOREIGN KEY (owner) REFERENCES users(id)
  FOREIGN KEY (owner) REFERENCES users(id)
  PRIMARY KEY (id, owner)
  CREATE INDEX by_score ON leads(score)
END TABLE
"""


def test_properties_without_effect_are_warned_of() -> None:
    assert diagnose(f'{SQL}CREATE INDEX by_owner ON leads(owner)\nTALK "ok"') == [
        "2:3 warning: without effect in a TABLE: `DEFAULT`",
        "3:3 warning: without effect in a TABLE: `DEFAULT`, `NOT NULL`",
        "4:3 warning: without effect in a TABLE: `ON DELETE`",
        "5:3 warning: without effect in a TABLE: `ON DELETE`, `ON UPDATE`",
        "6:3 warning: without effect in a TABLE: `DEFAULT`",
        "8:3 warning: without effect in a TABLE: `DEFAULT`",
        "9:3 warning: without effect in a TABLE: `GENERATED`",
        "10:3 warning: without effect in a TABLE: `CHECK`, `DEFAULT`, `UNIQUE`",
        "12:3 warning: without effect in a TABLE: `UNIQUE`",
        "13:3 warning: without effect in a TABLE: `CHECK`",
        "14:3 warning: without effect in a TABLE: `CONSTRAINT`",
        "15:3 warning: without effect in a TABLE: `FOREIGN KEY`",
        "16:11 warning: without effect in a TABLE: `PRIMARY KEY of several fields`",
        "17:3 warning: without effect in a TABLE: `CREATE INDEX`",
        "19:1 warning: CREATE INDEX has no effect: conditions need no index",
    ]


def test_fields_keep_their_types_their_keys_and_their_roles() -> None:
    (table,) = compile_scripts(SQL).tables

    assert table.columns == (
        Column("id", "uuid", key=True),
        Column("score", "integer", readers=("hr",)),
        Column("owner", "uuid", references="users"),
        Column("agent", "uuid", references="users"),
        Column("made", "timestamp", writers=("bots",)),
        Column("tags", "array"),
        Column("prefs", "jsonb"),
        Column("total", "number", 10, 2, readers=("hr",)),
        Column("state", "varchar", 20, writers=("hr",)),
        Column("ratio", "double"),
    )


def test_older_forms() -> None:
    (table,) = compile_scripts(
        "TABLE items\nPrice* double\nNote string(max)\nunique bool\nPRIMARY KEY (note)\nEND TABLE"
    ).tables

    assert table.columns == (Column("Price", "double"), Column("Note", "string", key=True), Column("unique", "bool"))


def test_fields_without_a_type_are_texts() -> None:
    source = "TABLE t\n  id UUID KEY\n  old_valuesTEXT\n  note,\n  (id, note)\nEND TABLE\n"

    assert diagnose(source) == [
        "3:3 warning: the field `old_valuesTEXT` has no type, so it is a text",
        "4:3 warning: the field `note` has no type, so it is a text",
        "5:3 warning: without effect in a TABLE: `(`",
    ]
    (table,) = compile_scripts(source).tables
    assert [column.type for column in table.columns] == ["uuid", "text", "text"]


def test_table_without_an_end_is_one_error() -> None:
    assert diagnose('TABLE t\nid UUID KEY\nTALK "Hi"\nx = 1 +\n') == ["1:1 error: TABLE has no END TABLE"]
