"use strict";

// A token typed into the headers editor stays in this page: it is not kept in the browser's storage.
const EXAMPLE = `# The images of a collection, from the top down.
# A token, if you have one, goes into the headers below:
#   {"Authorization": "Bearer obia_..."}
query Collections {
  collections(first: 5) {
    totalCount
    nodes {
      accession
      title
      access
      studyCount
      studies(first: 3) {
        nodes {
          accession
          date
          series(first: 3) {
            nodes { modality bodyPart imageCount }
          }
        }
      }
    }
  }
}
`;

const fetcher = GraphiQL.createFetcher({ url: "/graphql" });
const page = React.createElement(GraphiQL, {
  fetcher,
  defaultQuery: EXAMPLE,
  defaultEditorToolsVisibility: true,
  isHeadersEditorEnabled: true,
  shouldPersistHeaders: false,
});
ReactDOM.createRoot(document.getElementById("graphiql")).render(page);
