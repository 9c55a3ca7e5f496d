/** What is left of an error on the other side of a function boundary. */
import { byAction, byQuery, defineSubject } from "../case.js";
import { fails } from "../expectation.js";

const ofNested = (how: string) => byQuery("calls:catchNested", { how });
const inAction = (how: string, by: string) =>
  byAction("calls:catchInAction", { how, by });

const plain = { name: "Error", detail: null, isConvexError: false, data: null };
const withData = {
  name: "ConvexError",
  detail: null,
  isConvexError: true,
  data: { code: 7n, list: [1, "a"] },
};

export const errors = defineSubject("errors", {
  toClient: {
    rule: "an error reaches the caller with its words",
    observe: byQuery("calls:throwing", { how: "error" }),
    expected: fails(/Uncaught Error: plain words/),
  },
  dataToClient: {
    rule: "the data of a ConvexError reach the caller as values",
    observe: byQuery("calls:throwing", { how: "data" }),
    expected: fails(/./, { code: 7n, list: [1, "a"] }),
  },
  textDataToClient: {
    rule: "the data of a ConvexError may be a text",
    observe: byQuery("calls:throwing", { how: "text" }),
    expected: fails(/text data/, "text data"),
  },
  nested: {
    rule: "a nested call's error is an Error whose message begins with Uncaught",
    observe: ofNested("error"),
    expected: { ...plain, message: /^Uncaught Error: plain words/ },
  },
  nestedClass: {
    rule: "class and fields of an error are lost at a boundary",
    observe: ofNested("class"),
    expected: { ...plain, message: /^Uncaught (Rejected|Error): of a class/ },
  },
  nestedData: {
    rule: "the data of a ConvexError survive a boundary",
    observe: ofNested("data"),
    expected: { ...withData, message: /code/ },
  },
  nestedString: {
    rule: "what is thrown that is no error arrives as an error",
    observe: ofNested("string"),
    expected: { ...plain, message: /not an error/ },
  },
  inAction: {
    rule: "an action sees a query's error without its class",
    observe: inAction("class", "query"),
    expected: { ...plain, message: /^Uncaught (Rejected|Error): of a class/ },
  },
  dataInAction: {
    rule: "an action sees the data of a query's ConvexError",
    observe: inAction("data", "query"),
    expected: { ...withData, message: /code/ },
  },
  throughAction: {
    rule: "an error that passes two boundaries has lost its class",
    observe: inAction("class", "action"),
    expected: { ...plain, message: /Uncaught .*of a class/ },
  },
  dataThroughAction: {
    rule: "the data of a ConvexError survive two boundaries",
    observe: inAction("data", "action"),
    expected: { ...withData, message: /code/ },
  },
  missingFunction: {
    rule: "a function that is not there is an error",
    observe: byQuery("calls:nothing"),
    expected: fails(/Could not find public function for 'calls:nothing'/),
  },
  missingModule: {
    rule: "a module that is not there is an error",
    observe: byQuery("nothing:nothing"),
    expected: fails(/Could not find public function for 'nothing:nothing'/),
  },
  wrongKind: {
    rule: "a mutation is not called as a query",
    observe: byQuery("rows:insert", { table: "items", rows: [] }),
    expected: fails(/Trying to execute .* as Query, but it is defined as Mutation/),
  },
});
