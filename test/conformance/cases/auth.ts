/** Identities. */
import { byQuery, defineSubject } from "../case.js";
import { satisfies } from "../expectation.js";

const ADA = {
  name: "Ada",
  subject: "ada",
  issuer: "https://issuer.invalid",
  tokenIdentifier: "https://issuer.invalid|ada",
};

export const auth = defineSubject("auth", {
  nobody: {
    rule: "without a user there is no identity",
    needs: ["client"],
    observe: byQuery("auth:whole"),
    expected: null,
  },
  identity: {
    rule: "functions see who calls",
    needs: ["identity"],
    observe: async (t) => await t.withIdentity(ADA).query("auth:whole"),
    expected: satisfies("Ada's identity", (it) =>
      Object.entries(ADA).every(([key, value]) => it?.[key] === value),
    ),
  },
  callerUnchanged: {
    rule: "another caller is another identity",
    needs: ["identity"],
    observe: async (t) => {
      const ada = t.withIdentity(ADA);
      const bob = t.withIdentity({ ...ADA, name: "Bob", subject: "bob" });
      return [await ada.mutation("auth:ofMutation"), await bob.query("auth:ofQuery")];
    },
    expected: ["Ada", "Bob"],
  },
  nested: {
    rule: "nested calls see the same identity",
    needs: ["identity"],
    observe: async (t) => await t.withIdentity(ADA).mutation("auth:ofNested"),
    expected: "Ada",
  },
  ofCalls: {
    rule: "an action hands its identity to the app's functions, and to no component",
    needs: ["identity"],
    observe: async (t) => await t.withIdentity(ADA).action("auth:ofCalls"),
    expected: { own: "Ada", query: "Ada", mutation: "Ada", component: null },
  },
  scheduled: {
    rule: "scheduled functions run without an identity",
    needs: ["identity"],
    observe: async (t) => {
      await t.withIdentity(ADA).mutation("auth:schedule");
      await t.settle();
      return await t.query("rows:list", { table: "items" });
    },
    expected: [{ key: null }],
  },
});
