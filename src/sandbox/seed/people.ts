import { setPassword, setTwoFactorSecret } from "../auth/secrets.ts";
import type { Link, Store } from "../types.ts";

/** The sign-ins that a fresh site prints; kept in the store so that a second start prints the same. */
export interface Credentials {
  scriptName: string;
  scriptKey: string;
  person: { login: string; password: string; name: string };
  twoFactorPerson: { login: string; password: string; secret: string };
}

const SETTING = "seed.credentials";

export function credentialsOf(store: Store): Credentials | undefined {
  return store.setting(SETTING) as Credentials | undefined;
}

/** Text of so many characters out of an alphabet, from random bytes. */
function randomText(random: (size: number) => Buffer, length: number, alphabet: string): string {
  return [...random(length)].map((byte) => alphabet[byte % alphabet.length]).join("");
}

function makeCredentials(random: (size: number) => Buffer): Credentials {
  const letters = "abcdefghijkmnpqrstuvwxyz23456789";
  return {
    scriptName: "sgmedia",
    scriptKey: randomText(random, 24, letters),
    person: { login: "ada", password: randomText(random, 16, letters), name: "Ada Artist" },
    twoFactorPerson: {
      login: "tove",
      password: randomText(random, 16, letters),
      secret: randomText(random, 32, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    },
  };
}

/** The script user, a person whom scripts may impersonate, and one with two-factor sign-in. */
export function seedPeople(
  store: Store,
  random: (size: number) => Buffer,
): { script: Link; person: Link; twoFactorPerson: Link } {
  const credentials = makeCredentials(random);
  const role = (code: string, entityType: string): Link => {
    const fields = { code, display_name: code, entity_type: entityType };
    return { type: "PermissionRuleSet", id: store.insert("PermissionRuleSet", fields, null).id };
  };
  const apiAdmin = role("API Admin", "ApiUser");
  const artist = role("Artist", "HumanUser");

  const script = store.insert(
    "ApiUser",
    {
      firstname: credentials.scriptName,
      lastname: "1.0",
      description: "For pipeline scripts",
      sg_status_list: "act",
      generate_event_log_entries: true,
      permission_rule_set: apiAdmin,
      salted_password: "*******",
    },
    null,
  );
  setPassword(store, script, credentials.scriptKey);

  const department = store.insert("Department", { name: "Compositing", code: "comp" }, null);
  const person = (login: string, name: string, mayImpersonate: boolean): Link => {
    const [firstname, lastname] = name.split(" ");
    const fields = {
      login,
      name,
      firstname,
      lastname,
      email: `${login}@studio.example`,
      sg_status_list: "act",
      can_impersonate_this_user: mayImpersonate,
      email_notes: true,
      file_access: true,
      department: { type: "Department", id: department.id },
      permission_rule_set: artist,
      password_proxy: "*******",
    };
    return { type: "HumanUser", id: store.insert("HumanUser", fields, null).id };
  };
  const ada = person(credentials.person.login, credentials.person.name, true);
  setPassword(store, ada, credentials.person.password);
  const tove = person(credentials.twoFactorPerson.login, "Tove Twofold", false);
  setPassword(store, tove, credentials.twoFactorPerson.password);
  setTwoFactorSecret(store, tove, credentials.twoFactorPerson.secret);

  store.insert("Group", { code: "Compositors", users: [ada, tove] }, null);
  store.setSetting(SETTING, credentials);
  return { script: { type: "ApiUser", id: script.id }, person: ada, twoFactorPerson: tove };
}
