/** A new project with the packed client installed, as other people have it. */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { promisify } from "node:util";

export const PACKAGES = join(import.meta.dirname, "..");
export const CLIENT = join(PACKAGES, "../../web/client");
export const APPS = join(PACKAGES, "apps");
export const EXAMPLES = join(PACKAGES, "../../web/examples");

const run = promisify(execFile);

/** A file of the packed client. */
export interface PackedFile {
  readonly path: string;
  readonly size: number;
}

/** The packed client. */
export interface Packed {
  readonly tarball: string;
  readonly files: readonly PackedFile[];
}

const root = await mkdtemp(join(tmpdir(), "conversations-client-"));
after(() => rm(root, { recursive: true }));

/** Pack the client, with what `npm pack` builds before. */
async function pack(): Promise<Packed> {
  const { stdout } = await run("npm", ["pack", "--json", "--silent", "--pack-destination", root], { cwd: CLIENT });
  // The scripts that it runs print before the list.
  const [{ filename, files }] = JSON.parse(stdout.slice(stdout.indexOf("[\n")));
  return { tarball: join(root, filename), files };
}

export const packed = await pack();

export class NewProject {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  async write(path: string, content: string): Promise<void> {
    await mkdir(dirname(join(this.folder, path)), { recursive: true });
    await writeFile(join(this.folder, path), content);
  }

  /** Make an installed package of this folder a package of the project. */
  async link(name: string): Promise<void> {
    const target = join(this.folder, "node_modules", name);
    await mkdir(dirname(target), { recursive: true });
    await symlink(join(PACKAGES, "node_modules", name), target);
  }

  /** Run Node, and return what it has printed; the error of a failed process has what it printed. */
  async runNode(...args: string[]): Promise<string> {
    const { stdout } = await run(process.execPath, args, { cwd: this.folder, timeout: 60_000 }).catch((error) => {
      throw new Error(`${error.stdout}\n${error.stderr}`);
    });
    return stdout;
  }

  /** Compile TypeScript with a `tsconfig.json`. */
  async compile(compilerOptions: object, files: readonly string[]): Promise<string> {
    await this.write("tsconfig.json", JSON.stringify({ compilerOptions: { strict: true, ...compilerOptions }, files }));
    return this.compileAll();
  }

  /** Compile TypeScript with the configuration of the project. */
  async compileAll(): Promise<string> {
    return this.runNode(join(PACKAGES, "node_modules/typescript/bin/tsc"));
  }

  has(path: string): boolean {
    return existsSync(join(this.folder, path));
  }

  /** Build with Vite, and return the list of files. */
  async build(): Promise<string> {
    return this.runNode(join(PACKAGES, "node_modules/vite/bin/vite.js"), "build");
  }
}

/**
 * Create a project with a copy of a folder, and install the packed client without the network.
 *
 * @param packages - The packages of this folder that the project has beside it.
 */
export async function createProject(source: string, packages: readonly string[]): Promise<NewProject> {
  const project = new NewProject(await mkdtemp(join(root, "project-")));
  await cp(source, project.folder, { recursive: true, filter: (path) => !path.includes("node_modules") });
  await project.write("package.json", JSON.stringify({ type: "module" }));
  const options = ["--offline", "--no-audit", "--no-fund", "--silent"];
  await run("npm", ["install", ...options, packed.tarball], { cwd: project.folder });
  for (const name of packages) await project.link(name);
  return project;
}
