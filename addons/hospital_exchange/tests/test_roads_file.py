import json
import os
import shutil
import tempfile
import threading
import time
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import BaseCase, tagged
from odoo.tools import config, mute_logger

from ..tools import file_formats
from ..tools.call import Call
from ..tools.file_formats import FormatError
from ..tools.perform import perform
from ..tools.safe_folder import FolderError, SafeFolder
from .exchange_common import ExchangeCase

NO_BILL = "There is no such bill."


class FolderCase(BaseCase):
    def setUp(self):
        super().setUp()
        self.root = Path(tempfile.mkdtemp(prefix="hospital-folder-"))
        self.addCleanup(shutil.rmtree, self.root)
        self.lis = self.root / "lis"
        self.lis.mkdir()

    def folder(self, path=None):
        return SafeFolder(str(path or self.lis), [str(self.root)])

    def assert_refused(self, reasons, work):
        with self.assertRaises(FolderError) as caught:
            work()
        self.assertIn(caught.exception.reason, reasons)


@tagged("post_install", "-at_install")
class TestSafeFolder(FolderCase):
    def test_nothing_leads_out_of_the_folder(self):
        secret = self.root / "secret.txt"
        secret.write_text("secret")
        (self.lis / "out").symlink_to("/etc")
        (self.lis / "link.txt").symlink_to(secret)
        (self.root / "else").symlink_to("/etc")
        os.mkfifo(self.lis / "pipe")
        for path in ("/etc", "/", "", "lis", f"{self.lis}/../..", f"{self.root}/lis/../../etc", f"{self.root}x"):
            self.assert_refused(
                ("allowed",), lambda path=path: self.folder(path) if path else SafeFolder("", [str(self.root)])
            )
        for path in (self.lis / "out", self.root / "else", self.lis / "link.txt"):
            self.assert_refused(("link", "missing"), lambda path=path: self.folder(path))
        with self.folder() as folder:
            names = (
                "../secret.txt",
                "..",
                ".",
                "",
                "/etc/passwd",
                "a/b",
                "a\\b",
                "a\x00b",
                "a\nb",
                ".hidden",
                " a",
                "x" * 300,
            )
            for name in names:
                self.assert_refused(("name",), lambda name=name: folder.put(name, b"x"))
                self.assert_refused(("name",), lambda name=name: folder.get(name))
            self.assert_refused(("link",), lambda: folder.get("link.txt"))
            self.assert_refused(("link",), lambda: folder.get("pipe"))
            folder.put("link.txt", b"mine")  # takes the place of the link, never what it points at
            self.assertEqual(folder.list(), [found for found in folder.list() if found.name == "link.txt"])
        self.assertEqual(secret.read_text(), "secret")
        self.assertEqual((self.lis / "link.txt").read_bytes(), b"mine")

    def test_a_link_made_meanwhile(self):
        """The folder is held open: what is put in its place afterwards is not used."""
        with self.folder() as folder:
            self.lis.rename(self.root / "moved")
            (self.root / "lis").symlink_to("/etc")
            folder.put("a.txt", b"a")
        self.assertEqual((self.root / "moved" / "a.txt").read_bytes(), b"a")

    def test_whole_or_not_there(self):
        seen = set()
        stop = threading.Event()

        def read_on():
            while not stop.is_set():
                with self.folder() as folder:
                    try:
                        seen.add(folder.get("big.txt")[:1] * 1 + bytes([len(set(folder.get("big.txt")))]))
                    except FolderError:
                        continue

        reader = threading.Thread(target=read_on)
        reader.start()
        with self.folder() as folder:
            for letter in b"abcdefgh":
                folder.put("big.txt", bytes([letter]) * 300_000)
            with self.assertRaises(OSError), patch.object(os, "fsync", side_effect=MemoryError):
                try:
                    folder.put("big.txt", b"half")
                except MemoryError:
                    raise OSError from None
        stop.set()
        reader.join()
        self.assertTrue(all(sample[1] == 1 for sample in seen), "never a file that is half old and half new")
        self.assertEqual([path.name for path in self.lis.iterdir()], ["big.txt"], "nothing is left beside it")

    def test_not_over_another(self):
        for no_links in (False, True):
            with (
                patch.object(os, "link", side_effect=PermissionError(1, "no"))
                if no_links
                else patch.object(os, "sep", "/")
            ):
                with self.folder() as folder:
                    name = f"a{no_links}.txt"
                    folder.put(name, b"1", replace=False)
                    self.assert_refused(
                        ("exists",), lambda name=name, folder=folder: folder.put(name, b"2", replace=False)
                    )
                    self.assertEqual(folder.get(name), b"1")
                    folder.put_away(name, "done")
                    folder.put(name, b"3", replace=False)
                    folder.put_away(name, "done")
                    self.assertEqual(len(list((self.lis / "done").glob(f"{name}*"))), 2)


@tagged("post_install", "-at_install")
class TestFileFormats(BaseCase):
    ROWS = {"rows": [{"no": "1", "name": "张三"}, {"no": "22", "name": 'a "b", c'}]}

    def test_there_and_back(self):
        columns, widths = ["no", "name"], [4, 12]
        for kind in ("json", "csv", "fixed"):
            for encoding, _label in file_formats.ENCODINGS:
                data = file_formats.write(kind, self.ROWS, encoding, columns, widths)
                self.assertEqual(file_formats.read(kind, data, encoding, columns, widths), self.ROWS, (kind, encoding))
        data = file_formats.write("xml", self.ROWS, "gb18030")
        self.assertIn("张三".encode("gb18030"), data)
        self.assertEqual(file_formats.read("xml", data, "gb18030"), {"Request": self.ROWS})
        fixed = file_formats.write("fixed", self.ROWS, "gb18030", columns, widths)
        self.assertEqual(fixed.splitlines()[0], b"1   " + "张三".encode("gb18030") + b" " * 8)
        self.assertEqual({len(line) for line in fixed.splitlines()}, {16})

    def test_what_does_not_fit(self):
        for kind, payload, columns, widths, reason in (
            ("fixed", {"no": "12345"}, ["no"], [4], "width"),
            ("fixed", {"no": "1"}, ["no"], [], "width"),
            ("csv", {"a": {"b": 1}}, [], [], "columns"),
            ("csv", {"rows": []}, [], [], "rows"),
            ("xml", {"a b": 1}, [], [], "rows"),
        ):
            with self.assertRaises(FormatError) as caught:
                file_formats.write(kind, payload, "utf-8", columns, widths)
            self.assertEqual(caught.exception.reason, reason)
        for kind, data in (
            ("json", b"{"),
            ("json", b"\xff\xfe"),
            ("csv", b"a,b\r\n1\r\n"),
            ("csv", b"a,b\r\n1,2,3\r\n"),
            ("xml", b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>'),
            ("fixed", b"123456"),
        ):
            with self.assertRaises(FormatError):
                file_formats.read(kind, data, "utf-8", ["a"] if kind == "fixed" else [], [4])


@tagged("post_install", "-at_install")
class TestFiles(ExchangeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(
            patch.object(
                cls.registry["hospital.platform"],
                "_selection_protocol",
                lambda self: [("hospital.protocol", "Test"), ("hospital.protocol.file", "Files")],
            )
        )
        cls.root = Path(tempfile.mkdtemp(prefix="hospital-files-"))
        cls.addClassCleanup(shutil.rmtree, cls.root)
        cls.startClassPatcher(
            patch.dict(config.options, {"hospital_exchange_folders": f"{cls.root}", "hospital_secret_key": "k" * 40})
        )
        cls.platform = cls.make_platform("bank", protocol="hospital.protocol.file", url_test=str(cls.root / "bank"))
        cls.platform.action_make_technical_user()
        cls.interfaces = cls.make_interfaces(cls.platform)
        cls.once, cls.upsert, cls.read = (cls.interfaces[code] for code in ("do", "set", "get"))
        cls.once.path = "out/{number}.json"
        cls.upsert.path = "out/day-{day}.csv"
        cls.upsert.file_format = "csv"
        cls.read.path = "out/{number}.json"
        cls.incoming = cls.env["hospital.interface"].create(
            {
                "platform_id": cls.platform.id,
                "code": "ticket",
                "name": "Answers",
                "direction": "in",
                "effect": "once",
                "path": "in/*.json",
            }
        )

    def setUp(self):
        super().setUp()
        for name in ("out", "in"):
            shutil.rmtree(self.root / "bank" / name, ignore_errors=True)
            (self.root / "bank" / name).mkdir(parents=True)

    def call(self, interface, payload=None, **values):
        call = Call(self.platform, interface, payload or {"day": "1", "x": "一"}, number="N1", key="K", **values)
        return perform(self.platform._protocol(), call)

    def test_files_go_out(self):
        outcome = self.call(self.once)
        self.assertFalse(outcome.error, outcome.error and outcome.error.detail)
        written = self.root / "bank" / "out" / "N1.json"
        self.assertEqual(json.loads(written.read_text()), {"day": "1", "x": "一"})
        self.assertEqual(self.call(self.once).kind, "duplicate")
        outcome = self.call(self.once, {"day": "2"})
        self.assertEqual((outcome.kind, outcome.error.code), ("business", "exists"))
        self.assertEqual(json.loads(written.read_text())["day"], "1")
        self.assertEqual(self.call(self.read).reply, {"found": True, "day": "1", "x": "一"})
        written.unlink()
        self.assertEqual(self.call(self.read).reply, {"found": False})
        for _round in range(2):
            self.assertFalse(self.call(self.upsert).error)
        self.assertEqual((self.root / "bank" / "out" / "day-1.csv").read_bytes(), "day,x\r\n1,一\r\n".encode())

    def test_the_payload_never_chooses_the_folder(self):
        for day in ("../../x", "/etc/x", "a/b", "x\x00", "x\ny"):
            outcome = self.call(self.upsert, {"day": day})
            self.assertEqual(outcome.kind, "business", day)
        self.assertEqual([path.name for path in self.root.rglob("*") if path.is_file()], [])
        (self.root / "bank" / "away").symlink_to("/etc")
        self.upsert.path = "away/{number}.csv"
        self.assertEqual(self.call(self.upsert).kind, "config")
        self.upsert.path = "../other/{number}.csv"
        self.assertEqual(self.call(self.upsert).kind, "config")
        (self.root / "bank" / "away").unlink()

    def test_only_folders_of_the_configuration_file(self):
        for path in ("/etc", "/", f"{self.root}/../x", f"{self.root}x"):
            with self.assertRaises(ValidationError):
                self.platform.url_production = path
        with patch.dict(config.options, {"hospital_exchange_folders": ""}):
            outcome = self.call(self.once)
        self.assertEqual(outcome.kind, "config")
        self.assertIn("hospital_exchange_folders", outcome.error.sentence)

    def test_a_disk_that_is_full(self):
        with patch.object(os, "open", side_effect=OSError(28, "No space left on device")):
            self.assertEqual(self.call(self.once).kind, "config", "not even the folder can be opened")
        original = os.open

        def full(path, flags, *arguments, **options):
            if flags & os.O_CREAT:
                raise OSError(28, "No space left on device")
            return original(path, flags, *arguments, **options)

        with patch.object(os, "open", full):
            self.assertEqual(self.call(self.once).kind, "network")
        self.assertFalse(self.call(self.once).error)

    def test_through_the_engine(self):
        message = self.queue(self.once, payload={"id": "A"})
        self.deliver()
        self.assertEqual(message.state, "done", message.error_detail)
        self.assertTrue((self.root / "bank" / "out" / f"{message.number}.json").exists())

    # === PICKING UP ===

    def put(self, name, content, age=60):
        path = self.root / "bank" / "in" / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        then = time.time() - age
        os.utime(path, (then, then))
        return path

    def pick_up(self, answer=None):
        """The handler of the platform answers with `answer`, a function of the payload."""
        taken = []

        def receive(_interface, payload):
            taken.append(payload)
            return answer(payload) if answer else {"ok": True}

        with patch.object(self.registry["hospital.interface"], "_receive", receive):
            self.env.flush_all()
            with self.registry.cursor() as cr:  # of the test, whose commits are savepoints
                self.env["hospital.platform"].with_env(self.env(cr=cr))._cron_pick_up()
        self.env.invalidate_all()
        return taken

    def messages(self):
        return self.env["hospital.message"].search([("interface_id", "=", self.incoming.id)], order="id")

    def left(self):
        return sorted(
            str(path.relative_to(self.root / "bank" / "in"))
            for path in (self.root / "bank" / "in").rglob("*")
            if path.is_file()
        )

    def test_an_answer_is_taken_once(self):
        self.put("a.json", {"paid": 1})
        self.put("fresh.json", {"half": 1}, age=0)
        self.put("other.txt", b"x")
        (self.root / "bank" / "in" / "link.json").symlink_to("/etc/passwd")
        self.assertEqual(self.pick_up(), [{"paid": 1}])
        message = self.messages()
        self.assertEqual((message.state, message.direction, message.number), ("done", "in", "a.json"))
        self.assertEqual(self.left(), ["done/a.json", "fresh.json", "link.json", "other.txt"])
        self.put("a.json", {"paid": 1})  # as after a crash between the commit and the move
        self.assertEqual(self.pick_up(), [])
        self.assertEqual(len(self.messages()), 1)
        self.put("a.json", {"paid": 2})
        self.assertEqual(self.pick_up(), [{"paid": 2}])

    def test_what_cannot_be_taken_waits_for_a_person(self):
        self.put("bad.json", b"{")
        self.put("no.json", {"a": 1})
        self.put("bug.json", {"b": 1})

        def answer(payload):
            if "a" in payload:
                raise UserError(NO_BILL)
            raise ZeroDivisionError

        self.pick_up(answer)
        by_name = {message.number: message for message in self.messages()}
        self.assertEqual(
            {name: message.state for name, message in by_name.items()},
            {"bad.json": "refused", "no.json": "refused", "bug.json": "dead"},
        )
        self.assertTrue(all(message.is_attention for message in by_name.values()))
        self.assertEqual(by_name["no.json"].error_sentence, NO_BILL)
        self.assertEqual(self.left(), ["refused/bad.json", "refused/bug.json", "refused/no.json"])
        self.put("no.json", {"a": 1})
        self.pick_up()
        self.assertEqual(self.messages()[-1].state, "done")

    @mute_logger("odoo.addons.hospital_exchange.models.platform_file")
    def test_a_folder_that_is_gone_holds_up_no_other(self):
        other = self.make_platform("gone", protocol="hospital.protocol.file", url_test=str(self.root / "gone"))
        self.incoming.copy({"platform_id": other.id, "code": "ticket"})
        self.put("a.json", {"paid": 1})
        self.assertEqual(self.pick_up(), [{"paid": 1}])
