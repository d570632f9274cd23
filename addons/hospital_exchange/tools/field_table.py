"""Reads a table of fields as platforms and vendors write them: many layouts, English and Chinese headings."""

import csv
import io
import re
from dataclasses import dataclass, field

import openpyxl

from .field_tree import is_path

HEADINGS = {
    "platform": "platform 平台",
    "interface": "infno interface interfacecode table channel 接口 接口编号 接口编码 接口代码 接口名称 交易编号 交易码 表名",
    "direction": "direction part 方向 输入输出 出入参",
    "node": "node 节点 节点标识 父节点",
    "path": "path 路径",
    "sequence": "seq sequence no 序号",
    "field": "field column fieldname 字段 字段名 字段代码 字段编码 参数 参数名 参数代码 列名",
    "name": "namezh name 名称 中文名 中文名称 字段名称 参数名称 含义",
    "type": "type datatype 类型 数据类型 字段类型 参数类型",
    "length": "length 长度 字段长度 数据长度",
    "decimals": "decimals 小数位 小数位数 精度",
    "required": "required 必填 是否必填 必填项 是否必须 约束",
    "code_set": "codetable codeset 码表 字典 代码表 值域 代码标识",
    "note": "note remark 备注 说明 描述 备注说明",
    "confidence": "confidence 可信度",
    "format": "format 格式",
}
TYPES = {
    "string": "string str varchar varchar2 nvarchar nvarchar2 char nchar text clob code uuid base64 base64/url 字符 字符型 "
    "字符串 文本 文本型 大文本 字节数组 二进制 an ans",
    "integer": "int integer long bigint smallint tinyint 整数 整型 整数型 长整型",
    "number": "number numeric decimal double float percent n 数值 数值型 数字 数字型 小数",
    "money": "money currency 金额 金额型",
    "date": "date 日期 日期型",
    "datetime": "datetime timestamp time 日期时间 日期时间型 时间 时间型",
    "boolean": "bool boolean 布尔 布尔型 逻辑型",
    "object": "object json map 对象 对象型 节点 结构体",
    "list": "array list 数组 列表 集合 循环",
}
BY_HEADING = {word: name for name, words in HEADINGS.items() for word in words.split()}
BY_TYPE = {word: name for name, words in TYPES.items() for word in words.split()}
SIZED = re.compile(r"(.*?)\s*[(（]\s*(\d+)\s*(?:[,，]\s*(\d+)\s*)?[)）]\s*(.*)")
SHORT = re.compile(r"(?:[xX]\+)?(ans?|n)(\d+)?")
LENGTH = re.compile(r"(\d+)(?:\s*[,，.]\s*(\d+))?")
MOMENT = re.compile(r"yyyy([-/.年]?)mm\1?(?:月)?dd日?(?:[ t']*hh:?mi?m?:?ss(?:[.]?sss)?)?", re.IGNORECASE)
REPLY = re.compile(r"response|reply|^out\b|^out(?:put)?$|返回|响应|出参|输出|应答", re.IGNORECASE)
REQUEST = re.compile(r"request|query", re.IGNORECASE)
YES = {"y", "yes", "true", "1", "m", "是", "必填", "必须", "y?", "√"}
NO = {"", "n", "no", "false", "0", "o", "否", "非必填", "可选"}
CONFIDENCES = {"high", "medium", "low", "inferred"}


class TableError(Exception):
    """:param reason: ``unreadable``, ``empty`` or ``headings``"""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


@dataclass
class Row:
    number: int
    interface: str = ""
    interface_name: str = ""
    platform: str = ""
    part: str = "request"
    path: str = ""
    values: dict = field(default_factory=dict)
    code_set: str = ""
    problem: str = ""
    """``path``, ``name``, ``type``, ``length`` or none; the last two are told but do not stop the row."""

    @property
    def is_unreadable(self):
        return self.problem in ("path", "name")


def read_table(content, file_name):
    """The rows of a CSV or .xlsx file; raises TableError."""
    table = _from_excel(content) if (file_name or "").lower().endswith((".xlsx", ".xlsm")) else _from_csv(content)
    table = [(number, [str(cell).strip() if cell is not None else "" for cell in row]) for number, row in table]
    table = [(number, row) for number, row in table if any(row)]
    if not table:
        raise TableError("empty")
    columns = {
        BY_HEADING[key]: place
        for place, key in reversed(list(enumerate(map(_plain, table[0][1]))))
        if key in BY_HEADING
    }
    if "field" not in columns and "path" not in columns:
        if "name" not in columns:
            raise TableError("headings")
        columns["field"] = columns["name"]
    return [_row(number, {name: row[place] if place < len(row) else "" for name, place in columns.items()})
            for number, row in table[1:]]  # fmt: skip


def _plain(heading):
    return re.sub(r"[\s_*（）()]+", "", heading.lower())


def _from_csv(content):
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise TableError("unreadable")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t|", key=first.count)
    try:
        return list(enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1))
    except csv.Error:
        raise TableError("unreadable") from None


def _from_excel(content):
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        return list(enumerate(book.active.iter_rows(values_only=True), 1))
    except Exception as error:
        raise TableError("unreadable") from error


def _row(number, cells):
    row = Row(number, platform=cells.get("platform", ""))
    row.interface, row.interface_name = _interface(cells.get("interface", ""))
    direction = cells.get("direction", "")
    row.part = "reply" if REPLY.search(direction) and not REQUEST.search(direction) else "request"
    row.path = _path(cells)
    name = cells.get("name") or cells.get("field") or ""
    kind, length, decimals, unit = _type(cells.get("type", ""))
    if found := LENGTH.fullmatch(cells.get("length", "")):
        length, decimals = int(found[1]), int(found[2]) if found[2] else decimals
    elif cells.get("length") not in (None, "", "不限", "-"):
        row.problem = "length"
    if (cells.get("decimals") or "").isdigit():
        decimals = int(cells["decimals"])
    if kind is None:
        kind, row.problem = "string", "type"
    if kind == "number" and decimals == 0:
        kind, decimals = "integer", -1
    note = cells.get("note", "")
    required, note = _required(cells.get("required", ""), note)
    confidence = cells.get("confidence", "").lower()
    row.code_set = cells.get("code_set", "")
    row.values = {
        "name": name,
        "type": "list" if row.path.endswith("[]") and kind == "object" else kind,
        "length": length if kind in ("string", "integer", "number", "money") else 0,
        "decimals": min(decimals, 12) if kind in ("number", "money") else -1,
        "format": _format(kind, unit, cells),
        "required": required,
        "note": note or False,
        "confidence": confidence if confidence in CONFIDENCES else False,
    }
    if cells.get("sequence", "").isdigit():
        row.values["sequence"] = int(cells["sequence"])
    if not is_path(row.path):
        row.problem = "path"
    elif not name:
        row.problem = "name"
    return row


def _interface(text):
    """“HM003 建档” is code and name; anything else is the code alone."""
    code, _space, name = text.partition(" ")
    return (code, name.strip()) if re.fullmatch(r"[\w.\-/]+", code, re.ASCII) else (text, "")


def _path(cells):
    if cells.get("path"):
        return cells["path"]
    node = re.sub(r"\s*[(（][^)）]*[)）]\s*", "", cells.get("node", "")).strip(". ")
    return ".".join(part for part in (node, cells.get("field", "")) if part)


def _type(text):
    """(type, length, decimals, unit of money); the type is None when it is not known."""
    length, decimals, rest = 0, -1, text.strip().lower()
    unit = "cents" if rest.endswith("分") else "yuan" if rest.endswith("元") else ""
    rest = rest.rstrip("分元").rstrip(" ,，")
    if sized := SIZED.fullmatch(rest):
        rest = sized[1].strip()
        if unit and not sized[3]:
            decimals = int(sized[2])
        else:
            length, decimals = int(sized[2]), int(sized[3]) if sized[3] else -1
    if short := SHORT.fullmatch(rest):
        rest, length = short[1], int(short[2] or length)
    if unit:
        return "money", length, decimals, unit
    return ("string" if not rest else BY_TYPE.get(rest)), length, decimals, ""


def _format(kind, unit, cells):
    if cells.get("format"):
        return cells["format"]
    if unit == "cents":
        return "cents"
    if kind in ("date", "datetime") and (found := MOMENT.search(f"{cells.get('note', '')} {cells.get('type', '')}")):
        return _moment_pattern(found[0], kind)
    return False


def _moment_pattern(text, kind):
    """yyyy-MM-dd HH:mm:ss in the letters of our formats, however large the file wrote them."""
    day = re.match(r"yyyy(.?)mm(.?)dd(日?)", text, re.IGNORECASE)
    pattern = "yyyy{}MM{}dd{}".format(*(f"'{mark}'" if mark in "年月日" and mark else mark for mark in day.groups()))
    rest = text[day.end() :]
    if not rest or kind == "date":
        return pattern if kind == "date" or rest else False
    between = "'T'" if "t" in rest.lower() else " " if rest[0] == " " else ""
    colon = ":" if ":" in rest else ""
    pattern += between + colon.join(("HH", "mm", "ss"))
    millis = re.search(r"(\.?)sss$", rest, re.IGNORECASE)
    return pattern + (f"{millis[1]}SSS" if millis else "")


def _required(text, note):
    """What is neither a plain yes nor a plain no stays readable in the note."""
    mark = text.strip().lower()
    if mark not in ("y", "n") and mark not in YES - {"y?"} and mark not in NO:
        note = f"{note}; " * bool(note) + f"required: {text.strip()}"
    return mark in YES, note
