//! `almoner views`: the tables that answer questions, made anew from the log.

use std::io::Write;
use std::pin::pin;
use std::time::Duration;

use almoner_log::{Store, StoreError};

use crate::audit::Bar;
use crate::failure::{Exit, Failure};
use crate::language::Language;
use crate::open;
use crate::settings::Settings;
use crate::terminal::write_json;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make the views anew from the whole log, whatever their rows say now
    #[command(after_help = AFTER_HELP)]
    Rebuild,
}

const AFTER_HELP: &str = "\
The old views answer until the new ones have come to the end of the log; `almoner serve` may run meanwhile.
A rebuild that was broken off goes on where it stopped. `almoner audit replay --compare` tells before and
after whether every row is what the log says.";

/// How often to look how far a rebuild has come.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Runs a command about the views.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    match command {
        Command::Rebuild => {
            let store = open::store(settings).await?;
            store.database().migrate().await.map_err(StoreError::from)?;
            tell(rebuild(&store).await?, settings)
        }
    }
}

/// Makes the views anew, and shows on a terminal how far they have come.
async fn rebuild(store: &Store) -> Result<u64, Failure> {
    let size = store.head().await?.size;
    let bar = Bar::new();
    let mut progress = bar.progress();
    let mut work = pin!(almoner_views::rebuild(store));
    loop {
        match tokio::time::timeout(LOOK_AGAIN, &mut work).await {
            Ok(done) => return Ok(done?),
            Err(_) => progress(almoner_views::built_up_to(store).await?, size),
        }
    }
}

fn tell(position: u64, settings: &Settings) -> Result<Exit, Failure> {
    if settings.json {
        write_json(&serde_json::json!({"position": position}))?;
        return Ok(Exit::Done);
    }
    let told = match settings.language {
        Language::En => format!("the views are made anew from the log, up to position {position}"),
        Language::Zh => format!("视图已由日志重新生成，截至记录号 {position}"),
    };
    writeln!(std::io::stdout(), "{told}")?;
    Ok(Exit::Done)
}
