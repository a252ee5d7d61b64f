import * as v from "valibot";
import { namedLink } from "../store/display-name.ts";
import { linksIn } from "../store/pairs.ts";
import type { Link, Store } from "../types.ts";
import { argsOf, LinkSchema, ProjectSchema, type RpcMethod } from "./call.ts";

const keyOf = (user: Link): string => `following.${user.type}.${user.id}`;
const same = (a: Link, b: Link): boolean => a.type === b.type && a.id === b.id;

function followedBy(store: Store, user: Link): Link[] {
  return linksIn(store.setting(keyOf(user)) ?? []).filter((link) => namedLink(store, link) !== null);
}

const PairArgs = v.object({ user: LinkSchema, entity: LinkSchema });

export const follow: RpcMethod = (call, args) => {
  const { user, entity } = argsOf(call, PairArgs, args);
  const { store } = call.sandbox;
  const others = followedBy(store, user).filter((link) => !same(link, entity));
  store.setSetting(keyOf(user), [...others, entity]);
  return { followed: true, user, entity };
};

export const unfollow: RpcMethod = (call, args) => {
  const { user, entity } = argsOf(call, PairArgs, args);
  const { store } = call.sandbox;
  store.setSetting(
    keyOf(user),
    followedBy(store, user).filter((link) => !same(link, entity)),
  );
  return { unfollowed: true, user, entity };
};

/** The people who follow a record. */
export const followers: RpcMethod = (call, args) => {
  const { entity } = argsOf(call, v.object({ entity: LinkSchema }), args);
  const { store } = call.sandbox;
  return [...store.rows("HumanUser")]
    .filter((row) => !row.retired && followedBy(store, row).some((link) => same(link, entity)))
    .map((row) => ({
      ...namedLink(store, row),
      status: row.fields["sg_status_list"] ?? null,
      valid: "valid",
    }));
};

const FollowingArgs = v.object({
  user: LinkSchema,
  project: ProjectSchema,
  entity_type: v.nullish(v.string()),
});

/** What a person follows. */
export const following: RpcMethod = (call, args) => {
  const { user, project, entity_type: type } = argsOf(call, FollowingArgs, args);
  const { store } = call.sandbox;
  return followedBy(store, user).filter((link) => {
    const [owner] = linksIn(store.row(link.type, link.id)?.fields["project"]);
    return (!type || link.type === type) && (!project || owner?.id === project.id);
  });
};
