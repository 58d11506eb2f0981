// What nobody mentions goes. No bundler can leave out parts of a CommonJS module, and the protocol's modules are nearly all parts that
// this extension has no use for. A part is left out when its name stands nowhere in what is left, neither as a word nor in a text, so
// that nothing can reach it: not by `module_1.Name`, nor by `module_1["Name"]`. Parts are: namespaces and their members, classes,
// functions, re-exports, `require`s of the package's own files, and functions that a converter returns by their names.
import ts from "typescript";

/**
 * The same files without the parts that none of them, nor any of `others`, can reach.
 * @param {Map<string, string>} files texts of the packages' files, by path
 * @param {string[]} others texts of everything else that is in the bundle
 * @returns {Map<string, string>} the texts that are left
 */
export function withoutUnmentioned(files, others) {
  const graph = new Graph();
  const parse = (file, text, kind) => ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true, kind);
  const parsed = new Map([...files].map(([file, text]) => [file, parse(file, text, ts.ScriptKind.JS)]));
  for (const [file, source] of parsed) new Reader(graph, file, source).read();
  others.forEach((text, index) => new Reader(graph, `${index}.ts`, parse(`${index}.ts`, text, ts.ScriptKind.TS), false).read());
  const dead = graph.dead();
  return new Map([...parsed].map(([file, source]) => [file, cut(source, dead.filter((part) => part.file === file))]));
}

/** Parts and who mentions whom. A part is alive when a part that is alive mentions its name, and the part around it is alive. */
class Graph {
  parts = [];
  byName = new Map();
  /** What the code outside of all parts mentions. */
  roots = new Set();

  part(name, file, around, nodes) {
    const part = { name, file, around, nodes, mentions: new Set(), alive: false };
    this.parts.push(part);
    this.byName.set(name, [...(this.byName.get(name) ?? []), part]);
    return part;
  }

  mention(part, name) {
    (part?.mentions ?? this.roots).add(name);
  }

  dead() {
    const mentioned = new Set();
    const todo = [...this.roots];
    const visit = (part) => {
      if (part.alive || (part.around && !part.around.alive) || !mentioned.has(part.name)) return;
      part.alive = true;
      todo.push(...part.mentions);
      this.parts.filter((inner) => inner.around === part).forEach(visit);
    };
    while (todo.length > 0) {
      const name = todo.pop();
      if (mentioned.has(name)) continue;
      mentioned.add(name);
      // A namespace that is used other than by its members may have any of them used.
      if (name.startsWith("every ")) {
        const members = `member ${name.slice(6)}.`;
        todo.push(...this.parts.map((part) => part.name).filter((each) => each.startsWith(members)));
      }
      (this.byName.get(name) ?? []).forEach(visit);
    }
    return this.parts.filter((part) => !part.alive);
  }
}

class Reader {
  constructor(graph, file, source, hasParts = true) {
    Object.assign(this, { graph, file, source, hasParts });
    /** Variables that hold VS Code's own module: `vscode.Range` does not mention the protocol's. */
    this.foreign = new Set();
    /** Nodes that define a name rather than mention it. */
    this.defining = new Set();
    /** Names in re-exports. */
    this.passedOn = new Set();
    /** Of a namespace's body: the members by the names of their functions. */
    this.locals = new Map();
  }

  read() {
    const { statements } = this.source;
    for (const statement of statements) this.noteForeign(statement);
    const part = new Map();
    if (this.hasParts) {
      for (const statement of statements) this.topLevel(statement, part);
    }
    for (const statement of statements) this.walk(statement, part.get(statement), undefined, part);
  }

  noteForeign(statement) {
    const [declaration] = ts.isVariableStatement(statement) ? statement.declarationList.declarations : [];
    const required = declaration?.initializer && /^(?:__importStar\()?require\("vscode"\)\)?$/.test(declaration.initializer.getText());
    if (required && ts.isIdentifier(declaration.name)) this.foreign.add(declaration.name.text);
    if (!ts.isImportDeclaration(statement) || statement.moduleSpecifier.text !== "vscode") return;
    const imported = statement.importClause?.namedBindings;
    if (imported && ts.isNamespaceImport(imported)) this.foreign.add(imported.name.text);
  }

  /** Finds the parts of a module. */
  topLevel(statement, parts) {
    const known = (name) => this.graph.byName.get(`name ${name}`)?.find((part) => part.file === this.file);
    const add = (name, node) => {
      const part = known(name) ?? this.graph.part(`name ${name}`, this.file, undefined, []);
      part.nodes.push(statement);
      parts.set(statement, part);
      this.defining.add(node);
      return part;
    };
    if ((ts.isClassDeclaration(statement) || ts.isFunctionDeclaration(statement)) && statement.name) {
      add(statement.name.text, statement.name);
    } else if (ts.isVariableStatement(statement)) {
      const [{ name, initializer }, second] = statement.declarationList.declarations;
      if (second !== undefined || !ts.isIdentifier(name)) return;
      if (initializer === undefined) {
        add(name.text, name);
      } else if (/^(?:__importStar\()?require\("\.[^"]*"\)\)?$/.test(initializer.getText())) {
        parts.set(statement, this.graph.part(`local ${this.file} ${name.text}`, this.file, undefined, [statement]));
        this.defining.add(name);
      }
    } else if (ts.isExpressionStatement(statement)) {
      const { expression } = statement;
      const space = namespace(expression);
      const exported = /^Object\.defineProperty\(exports, "(\w+)", \{ enumerable: true, get: /.exec(statement.getText())?.[1];
      if (space !== undefined) {
        const part = add(space.name, space.parameter);
        space.definitions.forEach((node) => this.defining.add(node));
        this.members(space, part, parts);
      } else if (exported !== undefined) {
        add(exported, expression.arguments[1]);
        this.passOn(expression.arguments[2]);
      } else if (assigned(expression) !== undefined && expression.right.getText() === assigned(expression)) {
        add(expression.right.text, expression.left.name);
        this.defining.add(expression.right);
      } else if (voids(expression) !== undefined) {
        voids(expression).forEach((node) => this.defining.add(node));
      }
    }
  }

  /** The `module_1.Name` of a re-export mentions a namespace, but none of its members. */
  passOn(node) {
    if (ts.isPropertyAccessExpression(node)) this.passedOn.add(node.name);
    ts.forEachChild(node, (child) => this.passOn(child));
  }

  /** `Name.member = …` and the function of that name in a namespace. */
  members({ name, parameter, body }, around, parts) {
    const functions = functionsIn(body);
    const taken = new Map();
    for (const statement of body.statements) {
      const { expression } = statement;
      if (!ts.isExpressionStatement(statement) || !isAssignment(expression) || isAssignment(expression.right)) continue;
      if (!ts.isPropertyAccessExpression(expression.left) || expression.left.expression.getText() !== parameter.text) continue;
      const part = this.graph.part(`member ${name}.${expression.left.name.text}`, this.file, around, [statement]);
      parts.set(statement, part);
      this.defining.add(expression.left.expression).add(expression.left.name);
      const local = ts.isIdentifier(expression.right) ? functions.get(expression.right.text) : undefined;
      if (local !== undefined) {
        this.defining.add(expression.right);
        if (taken.has(local)) throw new Error(`${this.file}: ${name} has two names for one function: look at scripts/shake.mjs`);
        taken.set(local, part);
        part.nodes.push(local);
        parts.set(local, part);
        this.defining.add(local.name);
      }
    }
    this.locals.set(body, new Map([...taken].map(([local, part]) => [local.name.text, part.name])));
  }

  /** Functions that are returned under their own names, by a function that makes a converter. */
  returned(node, around, parts) {
    const last = node.body?.statements?.at(-1);
    if (!this.hasParts || last === undefined || !ts.isReturnStatement(last)) return;
    if (last.expression === undefined || !ts.isObjectLiteralExpression(last.expression)) return;
    const functions = functionsIn(node.body);
    for (const property of last.expression.properties) {
      const name = property.name?.text;
      const isRenamed = ts.isPropertyAssignment(property) && property.initializer.getText() !== name;
      if (!isInList(property) || isRenamed || !functions.has(name)) continue;
      const local = functions.get(name);
      const part = this.graph.part(`name ${name}`, this.file, around, [local, property]);
      parts.set(local, part).set(property, part);
      this.defining.add(local.name).add(property.name).add(property.initializer ?? property.name);
    }
  }

  walk(node, part, spaces, parts) {
    const own = parts.get(node) ?? part;
    if (ts.isFunctionDeclaration(node) && own !== undefined) this.returned(node, own, parts);
    let locals = spaces;
    if (this.locals.has(node)) locals = this.locals.get(node);
    if (ts.isElementAccessExpression(node)) this.element(node);
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) this.identifier(node, own, locals);
    else if (ts.isStringLiteralLike(node) && !this.defining.has(node)) this.graph.mention(own, `name ${node.text}`);
    ts.forEachChild(node, (child) => this.walk(child, own, locals, parts));
  }

  /** A name that is made at run time could be any. */
  element({ expression, argumentExpression }) {
    if (/_1$/.test(expression.getText()) && !ts.isStringLiteralLike(argumentExpression)) {
      throw new Error(`${this.file}: ${expression.getText()} is asked for what is not known: look at scripts/shake.mjs`);
    }
  }

  identifier(node, part, locals) {
    if (this.defining.has(node)) return;
    const { parent, text } = node;
    const isName = ts.isPropertyAccessExpression(parent) && parent.name === node;
    if (isName && ts.isIdentifier(parent.expression) && this.foreign.has(parent.expression.text)) return;
    this.graph.mention(part, `name ${text}`);
    if (!isName) {
      this.graph.mention(part, `local ${this.file} ${text}`);
      const member = locals?.get(text);
      if (member !== undefined) this.graph.mention(part, member);
    }
    const whole = isName ? parent : node;
    const next = whole.parent;
    const member = next && ts.isPropertyAccessExpression(next) && next.expression === whole ? next.name.text : undefined;
    if (!this.passedOn.has(node)) this.graph.mention(part, member === undefined ? `every ${text}` : `member ${text}.${member}`);
  }
}

const functionsIn = (body) => new Map(body.statements.filter((one) => ts.isFunctionDeclaration(one)).map((one) => [one.name.text, one]));
const isAssignment = (node) => ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken;

/** The name in `exports.name = …`. */
function assigned(expression) {
  const { left } = expression;
  if (!isAssignment(expression) || !ts.isPropertyAccessExpression(left)) return undefined;
  return left.expression.getText() === "exports" ? left.name.text : undefined;
}

/** The names in `exports.a = exports.b = void 0`. */
function voids(expression) {
  const names = [];
  while (assigned(expression) !== undefined) {
    names.push(expression.left.name);
    expression = expression.right;
  }
  return names.length > 0 && ts.isVoidExpression(expression) ? names : undefined;
}

/** The parts of `(function (Name) { … })(Name || (exports.Name = Name = {}))`. */
function namespace(expression) {
  if (!ts.isCallExpression(expression) || !ts.isParenthesizedExpression(expression.expression)) return undefined;
  const made = expression.expression.expression;
  const [argument] = expression.arguments;
  if (!ts.isFunctionExpression(made) || argument === undefined || !ts.isBinaryExpression(argument)) return undefined;
  const name = argument.left.getText();
  if (made.parameters.length !== 1 || made.parameters[0].name.getText() !== name) return undefined;
  if (!new RegExp(`^${name} \\|\\| \\((?:exports\\.${name} = )?${name} = \\{\\}\\)$`).test(argument.getText())) return undefined;
  const definitions = [];
  const collect = (node) => {
    if (ts.isIdentifier(node)) definitions.push(node);
    ts.forEachChild(node, collect);
  };
  collect(argument);
  return { name, parameter: made.parameters[0].name, body: made.body, definitions };
}

/** The text without the dead parts, and without `exports.name = void 0` of them. */
function cut(source, dead) {
  let text = source.text;
  const rangeOf = (node) => (isInList(node) ? withComma(source, node) : [node.getFullStart(), node.getEnd()]);
  const ranges = dead.flatMap((part) => part.nodes).map(rangeOf);
  const here = new Set(dead.map((part) => part.name));
  for (const statement of source.statements) {
    const names = ts.isExpressionStatement(statement) ? voids(statement.expression) : undefined;
    for (const name of names ?? []) {
      if (here.has(`name ${name.text}`)) ranges.push([name.parent.getStart(), name.parent.parent.right.getStart()]);
    }
  }
  let end = Infinity;
  const outermost = [];
  for (const range of ranges.sort((a, b) => a[0] - b[0] || b[1] - a[1])) {
    if (outermost.length === 0 || range[1] > outermost.at(-1)[1]) outermost.push(range);
  }
  for (const [from, to] of outermost.reverse()) {
    if (to > end) throw new Error(`${source.fileName}: parts overlap: look at scripts/shake.mjs`);
    text = text.slice(0, from) + text.slice(to);
    end = from;
  }
  return text;
}

const isInList = (node) => ts.isShorthandPropertyAssignment(node) || ts.isPropertyAssignment(node);

function withComma(source, node) {
  const comma = /^\s*,/.exec(source.text.slice(node.getEnd()))?.[0].length ?? 0;
  return [node.getFullStart(), node.getEnd() + comma];
}
