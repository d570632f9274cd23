from odoo.tools.convert import convert_file

ROLES = ["registrar", "cashier", "finance", "finance_manager", "doctor", "nurse", "pharmacist", "gcp", "it", "auditor"]


def load_demo(env):
    """The demo hospital, in a database with or without demo data."""
    if not env.ref("hospital_base.user_registrar", raise_if_not_found=False):
        convert_file(env, "hospital_base", "demo/hospital_users.xml", {}, mode="init", noupdate=True)
    env["hospital.demo"].sudo()._generate()


def demo_user(env, login):
    return env.ref(f"hospital_base.user_{login}")
