// @actions/github reads the event file as soon as it is imported, and throws or prints if it cannot. This action needs
// nothing from it, so this file is imported first and removes the path.
delete process.env.GITHUB_EVENT_PATH;
