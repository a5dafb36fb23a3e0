import fc from 'fast-check';

// That a property fails is enough to know. It need not be told on which of the simplest values.
fc.configureGlobal({ endOnFailure: true });
