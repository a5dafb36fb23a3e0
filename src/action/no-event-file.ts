// @actions/github reads the event file as soon as it is imported, and throws or prints where it cannot. This action
// needs nothing from it, so this file is imported first and leaves nothing to read.
delete process.env.GITHUB_EVENT_PATH;
