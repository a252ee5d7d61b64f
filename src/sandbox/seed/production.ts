import { randomUUID } from "node:crypto";
import { STATUSES } from "../schema/common.ts";
import type { Link, Store } from "../types.ts";

export interface Production {
  project: Link;
  shots: Link[];
  assets: Link[];
  compTask: Link;
  playlist: Link;
}

/** Status codes, pipeline steps, file types and the storages: what a studio's site has before its first show. */
function seedSite(store: Store): { steps: Record<"comp" | "anim" | "model", Link> } {
  for (const [code, name] of Object.entries(STATUSES)) store.insert("Status", { code, name }, null);
  for (const code of ["Movie", "Image", "Rendered Image", "Maya Scene", "Nuke Script"]) {
    store.insert("PublishedFileType", { code, short_name: code.toLowerCase().replaceAll(" ", "_") }, null);
  }
  const storages = [
    {
      code: "primary",
      windows_path: "P:\\projects",
      mac_path: "/Volumes/projects",
      linux_path: "/mnt/projects",
      description: "The show drive",
    },
    {
      code: "renders",
      windows_path: "\\\\render-server\\renders",
      mac_path: "/Volumes/renders",
      linux_path: "/mnt/renders",
      description: "The render server, by its network name on Windows",
    },
  ];
  for (const fields of storages) store.insert("LocalStorage", { ...fields, uuid: randomUUID() }, null);
  const step = (code: string, shortName: string, entityType: string): Link => ({
    type: "Step",
    id: store.insert("Step", { code, short_name: shortName, entity_type: entityType }, null).id,
  });
  const steps = {
    comp: step("Comp", "cmp", "Shot"),
    anim: step("Animation", "anm", "Shot"),
    model: step("Model", "mod", "Asset"),
  };
  return { steps };
}

/** Project "project X" with a sequence, shots, assets, tasks and an empty playlist. */
export function seedProduction(store: Store, person: Link): Production {
  const { steps } = seedSite(store);
  const add = (type: string, fields: Record<string, unknown>): Link => ({
    type,
    id: store.insert(type, fields, person).id,
  });
  const project = add("Project", {
    name: "project X",
    tank_name: "project_x",
    code: "prx",
    sg_status: "Active",
    archived: false,
    is_demo: false,
    is_template: false,
    sg_description: "A show to try things on",
    users: [person],
  });
  const sequence = add("Sequence", { project, code: "sq010", sg_status_list: "ip" });
  const assets = [
    add("Asset", { project, code: "athena", sg_asset_type: "Character", sg_status_list: "ip" }),
    add("Asset", { project, code: "chariot", sg_asset_type: "Vehicle", sg_status_list: "wtg" }),
  ];
  const shots = ["sh010", "sh020", "sh030"].map((code, at) =>
    add("Shot", {
      project,
      code,
      sg_sequence: sequence,
      sg_status_list: "ip",
      sg_shot_type: "VFX",
      sg_cut_in: 1001,
      sg_cut_out: 1024 + at,
      sg_cut_duration: 24 + at,
      assets,
    }),
  );
  const task = (entity: Link | undefined, content: string, step: Link): Link =>
    add("Task", {
      project,
      entity: entity ?? null,
      content,
      step,
      sg_status_list: "ip",
      color: "pipeline_step",
      task_assignees: [person],
    });
  const [compTask = task(undefined, "Comp", steps.comp)] = shots.map((shot) =>
    task(shot, "Comp", steps.comp),
  );
  for (const shot of shots) task(shot, "Animation", steps.anim);
  for (const asset of assets) task(asset, "Model", steps.model);
  const playlist = add("Playlist", {
    project,
    code: "dailies",
    description: "Looked at in the morning",
    locked: false,
  });
  return { project, shots, assets, compTask, playlist };
}
