// Three participants, registered in the order in which they depend on each other: who comes later needs who came before.
// Each implements what it cares about, and hears nothing else.
const act = () => {};

export default (signaled) => {
  signaled.register("mounts", { up: act, serveVolume: act, unserveVolume: act, down: act });
  signaled.register(
    "shares",
    {
      up: act,
      volumeToBeUnserved: act, // close the doors, politely
      signaledStart: act,
      serveVolume: act,
      unserveVolume: act,
      signaledFinish: act,
      down: act,
    },
    { after: ["mounts"] },
  );
  signaled.register(
    "addresses",
    { up: act, volumeGroupCreated: act, volumeGroupMoved: act, volumeGroupDestroyed: act, down: act },
    { after: ["shares"] },
  );
};
