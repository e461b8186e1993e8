/**
 * The API reference, docs/api, from the docstrings: `npm run reference`.
 *
 * A page for each entry. What a signature says is not said again beneath it, in a table of parameters or as what it returns.
 */
import { ReflectionKind } from "typedoc";
import { MarkdownPageEvent, MarkdownTheme, MarkdownThemeContext } from "typedoc-plugin-markdown";

class BriefContext extends MarkdownThemeContext {
  partials = this.#briefer(this.partials);

  #briefer({ declaration, comment, ...others }) {
    const brief = (model, options) =>
      // The types of constants repeat what is in them: a table, or the whole definition of a machine.
      model.kind === ReflectionKind.Variable && model.comment !== undefined
        ? comment(model.comment, { showSummary: true, showTags: false })
        : declaration(model, options);
    return {
      ...others,
      comment,
      declaration: brief,
      signatureReturns: () => "",
      typeDeclarationUnionContainer: (model) => membersOf(model.type ?? model, this.helpers),
    };
  }
}

/** The members of a union stand in its declaration already: what is left is what their comments say. */
function membersOf({ types = [], elementSummaries = [] }, helpers) {
  const lines = types.flatMap(({ declaration }, i) => {
    const fields = declaration?.children ?? [];
    const name = fields.find((field) => field.name === "type")?.type?.value;
    const said = elementSummaries[i] ?? declaration?.comment?.summary;
    if (name === undefined || said === undefined) return [];
    const more = fields.filter(({ comment }) => comment !== undefined);
    return [
      `- \`${name}\`: ${helpers.getCommentParts(said)}`,
      ...more.map((field) => `  - \`${field.name}\`: ${helpers.getCommentParts(field.comment.summary)}`),
    ];
  });
  return lines.join("\n");
}

class BriefTheme extends MarkdownTheme {
  getRenderContext(page) {
    return new BriefContext(this, page, this.application.options);
  }
}

/** What a signature throws is a line beneath it, and no chapter. */
function brief(app) {
  app.renderer.defineTheme("brief", BriefTheme);
  app.renderer.on(MarkdownPageEvent.END, (page) => {
    page.contents = page.contents
      ?.replace(/^#+ Throws\n\n/gm, "Throws ")
      .replace(/^\*\*\*\n\n/gm, "")
      // Properties have anchors with numbers: one more property would change all that come after it.
      .replace(/<a id="[^"]*"><\/a> /g, "")
      .replace(/\[([^\]]+)\]\([^)]*#property-[^)]*\)/g, "$1");
  });
}

/** @type {Partial<import("typedoc").TypeDocOptions> & Partial<import("typedoc-plugin-markdown").PluginOptions>} */
export default {
  name: "API reference",
  plugin: ["typedoc-plugin-markdown", brief],
  theme: "brief",
  entryPoints: ["machines/index.ts", "src/index.ts", "src/testing/index.ts", "src/tracing/index.ts"],
  out: "docs/api",
  outputFileStrategy: "modules",
  readme: "none",
  sort: ["source-order"],
  groupOrder: ["Functions", "Classes", "Interfaces", "Type Aliases", "Variables"],
  kindSortOrder: ["Function", "Class", "Interface", "TypeAlias", "Variable"],
  disableSources: true,
  excludeExternals: true,
  excludeInternal: true,
  excludePrivate: true,
  hidePageHeader: true,
  hideBreadcrumbs: true,
  hideGenerator: true,
  githubPages: false,
  // The compiler has its own turn: npm run types.
  skipErrorChecking: true,
  // The machine's type repeats its whole definition.
  maxTypeConversionDepth: 4,
  useCodeBlocks: true,
  expandParameters: true,
  parametersFormat: "none",
  interfacePropertiesFormat: "table",
  classPropertiesFormat: "table",
  typeAliasPropertiesFormat: "table",
  propertyMembersFormat: "table",
  tableColumnSettings: {
    hideModifiers: true,
    hideDefaults: true,
    hideOverrides: true,
    hideInherited: true,
    hideSources: true,
  },
};
