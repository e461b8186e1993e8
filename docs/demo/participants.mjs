// Three participants, registered in the order in which they depend on each other: who comes later needs who came before.
export default (signaled) => {
  signaled.register("mounts", {
    up() {},
    serveVolume(event) {},
    unserveVolume(event) {},
    down() {},
  });
  signaled.register(
    "shares",
    {
      up() {},
      volumeToBeUnserved(event) {}, // close the doors, politely
      signaledStart() {},
      serveVolume(event) {},
      unserveVolume(event) {},
      signaledFinish() {},
      down() {},
    },
    { after: ["mounts"] },
  );
  signaled.register(
    "addresses",
    {
      up() {},
      volumeGroupCreated({ volumeGroupName, activePeer, virtualIPAddr }) {},
      volumeGroupMoved({ volumeGroupName, activePeer, virtualIPAddr }) {},
      volumeGroupDestroyed({ volumeGroupName }) {},
      down() {},
    },
    { after: ["shares"] },
  );
};
