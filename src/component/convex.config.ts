/** The component's definition: its name, and the components it uses itself. */
import workpool from "@convex-dev/workpool/convex.config";
import { defineComponent } from "convex/server";

const component = defineComponent("executor");
component.use(workpool);

export default component;
