// Starts GraphiQL on this archive; a token goes into the headers pane: {"Authorization": "Bearer obia_..."}.
const example = `# What the archive shows to everybody. A token goes into Headers: {"Authorization": "Bearer obia_..."}
{
  collections(first: 5) {
    totalCount
    nodes { accession title individualCount studyCount imageCount bioProject { accession } }
  }
}
`;
ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: "/graphql" }),
    defaultQuery: example,
    defaultEditorToolsVisibility: "headers",
    shouldPersistHeaders: false,
  }),
);
