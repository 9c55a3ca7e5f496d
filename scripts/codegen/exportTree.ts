/**
 * The tree of a component's exports: what its parent may call, by module and function.
 *
 * Owns: the form of the tree, as `ComponentApi` is generated from it.
 */

/** A registered function, in the form of the deployment's answer. */
export interface AnalyzedFunction {
  name: string;
  pos: null;
  udfType: "Query" | "Mutation" | "Action";
  visibility: { kind: "public" | "internal" };
  /** The validators as JSON. */
  args: string;
  returns: string;
}

export interface ExportBranch {
  type: "branch";
  branch: [string, ExportBranch | ExportLeaf][];
}

interface ExportLeaf {
  type: "leaf";
  leaf: string;
}

/** Lists public functions under their module's path: `admin/lib.js` gives admin.lib. */
export function computeExports(
  modules: Record<string, { functions: AnalyzedFunction[] }>,
): ExportBranch {
  const root: ExportBranch = { type: "branch", branch: [] };
  for (const [modulePath, module] of Object.entries(modules)) {
    const name = modulePath.replace(/\.js$/, "");
    for (const registered of module.functions) {
      if (registered.visibility.kind === "public") {
        const leaf = `_reference/function/${name}:${registered.name}`;
        ensureBranch(root, name.split("/")).branch.push([
          registered.name,
          { type: "leaf", leaf },
        ]);
      }
    }
  }
  return root;
}

function ensureBranch(root: ExportBranch, names: string[]): ExportBranch {
  let branch = root;
  for (const name of names) {
    const found = branch.branch.find(([key]) => key === name)?.[1];
    if (found?.type === "leaf") {
      throw new Error(`"${name}" is both a function and a directory of modules`);
    }
    const next: ExportBranch = found ?? { type: "branch", branch: [] };
    if (found === undefined) {
      branch.branch.push([name, next]);
    }
    branch = next;
  }
  return branch;
}
